// The stop of a real process has one deadline, even if something does not end: hooks, handlers, a start, a frozen link to the broker.
import { expect, it } from "vitest";
import { startFaultProxy } from "../../src/testing/fault-proxy.ts";
import { type Started, TemporaryProject } from "../cli/temporary-project.ts";
import { amqpUrl, connectForeign, describeWithBroker, until } from "../support/broker.ts";
import { createScope } from "../support/running.ts";

/** Of a stop in which every step takes all the time it gets. Separate deadlines of the steps came to four times this. */
const graceSeconds = 5;
const roomMs = 4500;

const service = `
import { amqp, defineService, exit, on } from "tomodachi";
const { PREFIX: prefix, HANGS: hangs = "" } = process.env;
const never = (name) => hangs.includes(name) ? new Promise(() => console.log(name + " hangs")) : undefined;
export default defineService({
  name: "stubborn",
  options: { terminationGracePeriodSeconds: ${graceSeconds}, amqp: { heartbeat: 0, routingKeyPrefix: prefix, queueNamePrefix: prefix } },
  startService: () => never("startService"),
  stoppingService: () => never("stoppingService"),
  stopService: () => never("stopService"),
  handlers: {
    ignores: on(amqp("ignores", { queueName: "ignores" }), async () => never("handler")),
    exits: on(amqp("exits", { queueName: "exits" }), async () => { exit(7); exit(8); }),
  },
});
`;

class Stubborn implements AsyncDisposable {
  readonly scope = createScope();
  readonly #project = new TemporaryProject({ "service.mjs": service });
  started: Started;

  constructor(hangs: string, url: string | undefined = amqpUrl) {
    this.started = this.#project.start(["run", "service.mjs"], {
      environment: { TOMODACHI_AMQP_URL: url ?? "", PREFIX: this.scope.prefix, HANGS: hangs },
    });
  }

  /** Sends the signals at once; gives the exit code and how long the process took to end. */
  async end(...signals: readonly NodeJS.Signals[]): Promise<{ readonly code: number | null; readonly ms: number }> {
    const since = performance.now();
    for (const signal of signals) this.started.child.kill(signal);
    const { code } = await this.started.ended;
    return { code, ms: performance.now() - since };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.started.child.kill("SIGKILL");
    await this.started.ended;
    this.#project.remove();
  }
}

async function publish(stubborn: Stubborn, key: string): Promise<void> {
  await using foreign = await connectForeign();
  await foreign.publish("amq.topic", `${stubborn.scope.prefix}${key}`, "x", { mandatory: true });
}

describeWithBroker("the stop of a process", () => {
  it("ends at one deadline, even if both hooks and a handler never end and the signal comes twice", async () => {
    await using stubborn = new Stubborn("stoppingService stopService handler");
    await stubborn.started.seen("Ready.");
    await publish(stubborn, "ignores");
    await stubborn.started.seen("handler hangs");
    const { code, ms } = await stubborn.end("SIGTERM", "SIGINT", "SIGTERM");
    expect(code).toBe(0);
    expect(ms).toBeLessThan(graceSeconds * 1000 + roomMs);
    expect(stubborn.started.written()).toContain("stoppingService() did not end in time");
    await using foreign = await connectForeign();
    const back = async (): Promise<boolean> =>
      (await foreign.queueInfo(`${stubborn.scope.prefix}ignores`))?.messageCount === 1;
    await until(back, { what: "the message that had not ended" });
  });

  it("ends at one deadline while the link to the broker is frozen and a handler never ends", async () => {
    await using proxy = await startFaultProxy({ target: amqpUrl ?? "" });
    await using stubborn = new Stubborn("handler", proxy.url);
    await stubborn.started.seen("Ready.");
    await publish(stubborn, "ignores");
    await stubborn.started.seen("handler hangs");
    proxy.freeze();
    const { code, ms } = await stubborn.end("SIGTERM");
    expect(code).toBe(0);
    expect(ms).toBeLessThan(graceSeconds * 1000 + roomMs);
  });

  it("during a start that never ends, ends at the same deadline", async () => {
    await using stubborn = new Stubborn("startService stopService");
    await stubborn.started.seen("startService hangs");
    const { code, ms } = await stubborn.end("SIGINT");
    expect(code).toBe(0);
    expect(ms).toBeLessThan(graceSeconds * 1000 + roomMs);
  });

  it("by a second signal more than a second later ends at once", async () => {
    await using stubborn = new Stubborn("stoppingService");
    await stubborn.started.seen("Ready.");
    stubborn.started.child.kill("SIGTERM");
    await stubborn.started.seen("stoppingService hangs");
    // Signals within a second count as one, so this one is sent until one counts.
    const again = setInterval(() => stubborn.started.child.kill("SIGTERM"), 200);
    const { code } = await stubborn.started.ended;
    clearInterval(again);
    expect(code).toBe(143);
  });

  it("by exit(), called twice in a handler, uses the first code", async () => {
    await using stubborn = new Stubborn("");
    await stubborn.started.seen("Ready.");
    await publish(stubborn, "exits");
    expect((await stubborn.started.ended).code).toBe(7);
  });
});
