import { describe, expect, it } from "vitest";
import { capturingLogger } from "../../../../test/support/capturing-logger.ts";
import { createDeferred, type Deferred } from "../../../util/deferred.ts";
import { UnawaitedPublishes, type Weigh } from "./unawaited.ts";

const limits = { messages: 2, bytes: 100, calls: 2 };

interface Scene {
  readonly publishes: UnawaitedPublishes;
  readonly lines: readonly { readonly msg: string }[];
  /** What was sent, in order; each is settled by the test. */
  readonly sent: Deferred<void>[];
  publish(bytes?: number): Promise<void>;
}

async function scene(timeoutSeconds = 30): Promise<Scene> {
  const { logger, lines } = await capturingLogger();
  const publishes = new UnawaitedPublishes({ limits, timeoutSeconds, logger });
  const sent: Deferred<void>[] = [];
  const publish = (bytes = 1): Promise<void> =>
    publishes.run("key", (weigh: Weigh) => {
      weigh(bytes);
      const answer = createDeferred();
      sent.push(answer);
      return answer.promise;
    });
  return { publishes, lines, sent, publish };
}

const endOfTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("publishes with wait: false", () => {
  it("are sent at once while there is room, and then wait in order", async () => {
    const { sent, publish } = await scene();
    await Promise.all([publish(), publish()]);
    const begun: number[] = [];
    for (const number of [3, 4]) void publish().then(() => begun.push(number));
    await endOfTurn();
    expect(sent).toHaveLength(2);
    sent[1]?.resolve();
    await endOfTurn();
    expect(begun).toEqual([3]);
    sent[0]?.resolve();
    await endOfTurn();
    expect(begun).toEqual([3, 4]);
  });

  it("also count by their size, which is known once they are built", async () => {
    const { sent, publish } = await scene();
    await publish(100);
    let begun = false;
    void publish().then(() => (begun = true));
    await endOfTurn();
    expect(begun).toBe(false);
    sent[0]?.resolve();
    await endOfTurn();
    expect(begun).toBe(true);
  });

  it("are refused by name when too many wait, with one log line for all", async () => {
    const { publishes, lines, publish } = await scene();
    for (let count = 0; count < 4; count++) void publish();
    const refused = await Promise.allSettled([publish(), publish(), publish()]);
    for (const result of refused) expect(result).toMatchObject({ reason: { code: "ERR_AMQP_PUBLISH_OVERFLOW" } });
    expect(lines.filter(({ msg }) => msg.includes("was rejected"))).toHaveLength(1);
    publishes.close();
    expect(lines.at(-1)).toMatchObject({ count: 3 });
  });

  it("are rejected when there was no room in time", async () => {
    const { publish, lines } = await scene(0.01);
    void publish();
    void publish();
    await expect(publish()).rejects.toMatchObject({ code: "ERR_AMQP_PUBLISH_OVERFLOW" });
    expect(lines.map(({ msg }) => msg)).toEqual(["a publish with wait: false failed"]);
  });

  it("log their failure, and cause no unhandled rejection", async () => {
    const { publish, sent, lines } = await scene();
    await publish();
    sent[0]?.reject(new Error("refused"));
    await endOfTurn();
    expect(lines).toMatchObject([{ msg: "a publish with wait: false failed", routingKey: "key" }]);
  });

  it("are flushed together with those that still wait for room, unless no time is left", async () => {
    const { publishes, publish, sent } = await scene();
    for (let count = 0; count < 3; count++) void publish();
    let flushed = false;
    const flushing = publishes.flush(new AbortController().signal).then(() => (flushed = true));
    sent[0]?.resolve();
    sent[1]?.resolve();
    await endOfTurn();
    expect(sent).toHaveLength(3);
    expect(flushed).toBe(false);
    const given = new AbortController();
    const short = publishes.flush(given.signal);
    given.abort();
    await short;
    sent[2]?.resolve();
    await flushing;
  });

  it("are rejected at the close if they still wait", async () => {
    const { publishes, publish } = await scene();
    for (let count = 0; count < 2; count++) void publish();
    const waiting = publish();
    publishes.close();
    await expect(waiting).rejects.toThrow("the service has stopped");
  });
});
