// Messages that carry what a copy must not carry, or more than it can: the copy arrives all the same, with what must be kept.
import type { Options } from "amqplib";
import { expect, it } from "vitest";
import { amqp, Service } from "../../src/index.ts";
import { tableSize } from "../../src/transports/amqp/settlement/table-size.ts";
import { amqpUrl, connectForeign, describeWithPrivateBroker, operator, uniqueName, until } from "../support/broker.ts";
import { type ForeignConnection, openForeign } from "../support/foreign-connection.ts";
import { createScope, type RunningServices, start, type TestScope } from "../support/running.ts";
import { FaultCase } from "./support/fault-case.ts";

/** A service that fails on everything, in its own scope. */
async function startFailing(scope: TestScope): Promise<RunningServices> {
  class Fails extends Service {
    name = "fails";
    override options = scope.options();
    @amqp("odd", { queueName: "odd" }) on() {
      throw new RangeError("no such thing");
    }
  }
  return start(Fails);
}

interface Copy {
  readonly content: Buffer;
  readonly properties: { readonly [name: string]: unknown };
  readonly headers: Readonly<Record<string, unknown>>;
}

/** Sends one message that fails, and gives its copy. */
async function copyOf(
  what: string,
  foreign: ForeignConnection,
  scope: TestScope,
  send: (routingKey: string) => Promise<unknown>,
): Promise<Copy> {
  const fault = new FaultCase(`a message that fails, with ${what}`);
  await using running = await startFailing(scope);
  void running;
  await fault.ledger.publish("odd", () => send(`${scope.prefix}odd`));
  const copy = await until(() => foreign.get(`${scope.prefix}odd.dlq`), { what: "the copy" });
  fault.ledger.deadLettered("odd");
  await fault.end();
  const { headers = {}, ...properties } = copy.properties;
  expect(headers).toMatchObject({
    "x-tomodachi-reason": "handler-error",
    "x-tomodachi-error-class": "RangeError",
    "x-tomodachi-queue": `${scope.prefix}odd`,
    "x-tomodachi-routing-key": `${scope.prefix}odd`,
  });
  expect(properties).toMatchObject({ deliveryMode: 2 });
  await until(async () => (await foreign.queueInfo(`${scope.prefix}odd`))?.messageCount === 0, { what: "its ack" });
  expect(await foreign.queueInfo(`${scope.prefix}odd.dlq`)).toMatchObject({ messageCount: 0 });
  return { content: copy.content, properties, headers };
}

describeWithPrivateBroker("a message that fails", () => {
  it("keeps the headers that fit, of 60 kB, and names the others", async () => {
    const scope = createScope();
    await using foreign = await connectForeign();
    const small = Object.fromEntries(Array.from({ length: 100 }, (_, number) => [`small-${number}`, "s".repeat(290)]));
    const sent = { ...small, large: "l".repeat(30_000) };
    expect(tableSize(sent)).toBeGreaterThan(60_000);
    const { content, headers } = await copyOf("60 kB of headers", foreign, scope, (key) =>
      foreign.publish("amq.topic", key, "body", { headers: sent }),
    );
    expect(content.toString()).toBe("body");
    expect(headers).toMatchObject(small);
    expect(Object.keys(headers)).not.toContain("large");
    expect(headers["x-tomodachi-dropped-headers"]).toBe("large");
    expect(tableSize(headers)).toBeLessThanOrEqual(60_000);
  });

  it("does not expire in the dead-letter queue", async () => {
    const scope = createScope();
    await using foreign = await connectForeign();
    const { content, properties, headers } = await copyOf("expiration", foreign, scope, (key) =>
      foreign.publish("amq.topic", key, "body", { expiration: "60000", messageId: "m-1", priority: 4, type: "t" }),
    );
    expect(content.toString()).toBe("body");
    expect(properties).toMatchObject({ messageId: "m-1", priority: 4, type: "t" });
    expect(properties).not.toHaveProperty("expiration", expect.anything());
    expect(headers).toMatchObject({ "x-tomodachi-original-expiration": "60000" });
  });

  it("is copied by a service that logs in as another user than its sender", async () => {
    const scope = createScope();
    await using foreign = await connectForeign();
    const stranger = uniqueName("stranger");
    await operator().addUser(stranger, "secret");
    const url = new URL(amqpUrl ?? "");
    url.username = stranger;
    url.password = "secret";
    await using other = await openForeign(url.href);
    const { properties, headers } = await copyOf("the user-id of another", foreign, scope, (key) =>
      other.publish("amq.topic", key, "body", { userId: stranger }),
    );
    expect(properties).not.toHaveProperty("userId", expect.anything());
    expect(headers).toMatchObject({ "x-tomodachi-original-user-id": stranger });
    await other.close();
    await operator().removeUser(stranger);
  });

  it("reaches the queues in CC and BCC once, not again with its copy", async () => {
    const scope = createScope();
    await using foreign = await connectForeign();
    const aside = [uniqueName("cc"), uniqueName("bcc")] as const;
    for (const queue of aside) {
      await foreign.channel.assertQueue(queue, { exclusive: true });
      await foreign.channel.bindQueue(queue, "amq.topic", queue);
    }
    const [cc, bcc] = aside;
    const options: Options.Publish = { CC: [cc], BCC: [bcc], headers: { mine: "yes" } };
    const { headers } = await copyOf("CC and BCC", foreign, scope, (key) =>
      foreign.publish("amq.topic", key, "body", options),
    );
    expect(headers).toMatchObject({ mine: "yes", "x-tomodachi-original-CC": [cc] });
    expect(Object.keys(headers).filter((name) => /^B?CC$/.test(name))).toEqual([]);
    for (const queue of aside) expect(await foreign.queueInfo(queue)).toMatchObject({ messageCount: 1 });
  });

  it("keeps headers of its route as information, not as instructions to the broker", async () => {
    const scope = createScope();
    await using foreign = await connectForeign();
    const waiting = uniqueName("waiting");
    await foreign.channel.assertQueue(waiting, {
      exclusive: true,
      messageTtl: 1,
      deadLetterExchange: "amq.topic",
      deadLetterRoutingKey: `${scope.prefix}odd`,
    });
    const { content, headers } = await copyOf("x-death", foreign, scope, () => foreign.publish("", waiting, "body"));
    expect(content.toString()).toBe("body");
    expect(Object.keys(headers).filter((name) => /^x-(death|first-death|last-death)/.test(name))).toEqual([]);
    expect(headers).toMatchObject({
      "x-tomodachi-original-x-death": [expect.objectContaining({ queue: waiting, reason: "expired" })],
      "x-tomodachi-original-x-first-death-queue": waiting,
    });
  });
});
