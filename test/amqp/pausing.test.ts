// A handler that continues to fail pauses its consumer: a system that it needs is down, and no message is lost.
import { expect, it } from "vitest";
import { amqp, defineService, on, Reject, type ServiceClass } from "../../src/index.ts";
import type { AmqpOptions } from "../../src/transports/amqp/index.ts";
import { connectForeign, describeWithBroker, type ForeignConnection, until } from "../support/broker.ts";
import { createScope, start, type TestScope } from "../support/running.ts";

class DatabaseError extends Error {}

/** The system that the handler needs. */
class Database {
  down = true;
  calls = 0;
  readonly stored: string[] = [];

  store(data: unknown): void {
    this.calls++;
    if (String(data) === "bad") throw new TypeError("no such customer");
    if (this.down) throw new DatabaseError("the database is down");
    this.stored.push(String(data));
  }
}

function storing(scope: TestScope, database: Database, options: AmqpOptions): ServiceClass {
  const trigger = amqp("key", { queueName: "storing", ...options });
  const handlers = {
    store: on(trigger, async (data) => {
      // One turn of the event loop, so that several run at once.
      await new Promise((resolve) => setImmediate(resolve));
      database.store(data);
    }),
  };
  return defineService({ name: "storing", options: scope.options(), handlers });
}

async function publish(foreign: ForeignConnection, scope: TestScope, messages: readonly string[]): Promise<void> {
  await Promise.all(messages.map((message) => foreign.publish("amq.topic", `${scope.prefix}key`, message)));
}

const messages = (count: number): string[] => Array.from({ length: count }, (_, number) => `${number}`);

async function countIn(foreign: ForeignConnection, queue: string): Promise<number | undefined> {
  return (await foreign.queueInfo(queue))?.messageCount;
}

const circuitBreaker = { failures: 5, windowSeconds: 30, probeAfterSeconds: 0.2, maxPauseSeconds: 0.4 };

describeWithBroker.each([
  ["in no order", {}],
  ["in per-key order", { orderingKey: (data: string) => Number(data) % 3 }],
] as [string, AmqpOptions][])("circuitBreaker, with messages %s", (_, order) => {
  it("dead-letters only the messages that opened it, tries one at a time, and resumes when one succeeds", async () => {
    const [scope, database] = [createScope(), new Database()];
    await using foreign = await connectForeign();
    await using running = await start(storing(scope, database, { circuitBreaker, prefetch: 20, ...order }));
    await publish(foreign, scope, messages(60));
    const said = (text: string): number => running.log.filter(({ msg }) => msg.includes(text)).length;
    await until(() => said("the trial message failed too") >= 3, { what: "three failed probes" });
    expect(said("failures (DatabaseError) within")).toBe(1);
    // The messages that ran when it opened, and one for each probe.
    expect(database.calls).toBeLessThan(5 + 20 + 10);
    database.down = false;
    await until(() => said("the consumer resumes") === 1, { what: "the end of the pause" });
    await until(() => database.stored.length === 56, { what: "the other messages" });
    await running.stop();
    expect(await countIn(foreign, `${scope.prefix}storing`)).toBe(0);
    // The fifth failure in a row opened it, and its message was requeued.
    expect(await countIn(foreign, `${scope.prefix}storing.dlq`)).toBe(4);
    expect(new Set(database.stored).size).toBe(56);
  });

  it("requeues everything at a stop during a pause", async () => {
    const [scope, database] = [createScope(), new Database()];
    await using foreign = await connectForeign();
    const running = await start(
      storing(scope, database, { circuitBreaker: { failures: 2, probeAfterSeconds: 600 }, prefetch: 10, ...order }),
    );
    await publish(foreign, scope, messages(20));
    await until(() => running.log.some(({ msg }) => msg.includes("the consumer pauses and tries")), {
      what: "the pause",
    });
    expect(running.services[0]?.health()).toMatchObject({
      healthy: false,
      reasons: [expect.stringContaining("circuitBreaker")],
    });
    const [consumer] = running.services[0]?.health().transports[0]?.consumers ?? [];
    expect(consumer).toMatchObject({ state: "paused", healthy: false });
    await running.stop();
    // The broker requeues what a closed channel held a moment after it has confirmed the close.
    await until(async () => (await countIn(foreign, `${scope.prefix}storing`)) === 19, {
      what: "19 requeued messages",
    });
    expect(await countIn(foreign, `${scope.prefix}storing.dlq`)).toBe(1);
  });

  it("treats fewer failures as caused by the messages themselves", async () => {
    const [scope, database] = [createScope(), new Database()];
    database.down = false;
    await using foreign = await connectForeign();
    const running = await start(
      storing(scope, database, { circuitBreaker: { failures: 3, windowSeconds: 60 }, ...order }),
    );
    await publish(foreign, scope, ["bad", "1", "bad", "2"]);
    await until(() => database.stored.length === 2, { what: "the good ones" });
    await until(async () => (await countIn(foreign, `${scope.prefix}storing.dlq`)) === 2, { what: "two copies" });
    expect(running.log.some(({ msg }) => msg.includes("circuitBreaker"))).toBe(false);
    await running.stop();
  });
});

describeWithBroker("circuitBreaker", () => {
  it("does not count a message that the handler rejected", async () => {
    const scope = createScope();
    let runs = 0;
    const trigger = amqp("key", { queueName: "storing", circuitBreaker: 2 });
    const handlers = {
      store: on(trigger, () => {
        runs++;
        throw new Reject("not for us");
      }),
    };
    await using foreign = await connectForeign();
    await using running = await start(defineService({ name: "storing", options: scope.options(), handlers }));
    await publish(foreign, scope, messages(10));
    await until(async () => (await countIn(foreign, `${scope.prefix}storing.dlq`)) === 10, { what: "ten copies" });
    expect([runs, running.log.some(({ msg }) => msg.includes("circuitBreaker"))]).toEqual([10, false]);
  });
});
