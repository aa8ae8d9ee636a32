// A queue with one active consumer: handlers of two instances never run at the same time, whatever happens to the active one.
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { type AmqpOptions, amqp, defineService, on, Requeue, type ServiceClass } from "../../src/index.ts";
import { connectForeign, describeWithBroker, type ForeignConnection, until } from "../support/broker.ts";
import { createScope, start, type TestScope } from "../support/running.ts";

/** Which instance runs which message, over all instances that share it. */
class Runs {
  readonly ended: string[] = [];
  /** Messages in the order in which they first began. */
  readonly begun = new Set<string>();
  /** Instances that had handlers running at the same time. */
  readonly overlaps: string[] = [];
  readonly handledBy = new Set<string>();
  readonly #running = new Map<string, number>();
  mostAtOnce = 0;

  begin(instance: string, message: string): void {
    for (const [other, count] of this.#running) {
      if (other !== instance && count > 0) this.overlaps.push(`${message} at ${instance} beside ${count} at ${other}`);
    }
    this.#running.set(instance, (this.#running.get(instance) ?? 0) + 1);
    this.mostAtOnce = Math.max(this.mostAtOnce, ...this.#running.values());
    this.begun.add(message);
  }

  end(instance: string, message: string): void {
    this.#running.set(instance, (this.#running.get(instance) ?? 0) - 1);
    this.handledBy.add(instance);
    this.ended.push(message);
  }
}

interface Instance {
  readonly options?: AmqpOptions;
  readonly amqp?: Parameters<TestScope["options"]>[0];
  run?(message: string): unknown;
}

const aWhile = (): Promise<void> => sleep(20);

function instanceOf(scope: TestScope, runs: Runs, instance: string, given: Instance = {}): ServiceClass {
  const trigger = amqp("key", {
    queueName: "single",
    singleActive: true,
    concurrency: 1,
    prefetch: 10,
    ...given.options,
  });
  return defineService({
    name: "single",
    options: scope.options(given.amqp),
    handlers: {
      on: on(trigger, async (message: string) => {
        runs.begin(instance, message);
        try {
          await (given.run ?? aWhile)(message);
        } finally {
          runs.end(instance, message);
        }
      }),
    },
  });
}

const numbers = (count: number): string[] => Array.from({ length: count }, (_, number) => String(number));

async function publish(foreign: ForeignConnection, scope: TestScope, messages: readonly string[]): Promise<void> {
  await Promise.all(messages.map((message) => foreign.publish("amq.topic", `${scope.prefix}key`, message)));
}

describeWithBroker.each(["quorum", "classic"] as const)("singleActive on a %s queue", (queueType) => {
  it("runs one handler at a time over instances that start together with a backlog, in the order of the queue", async () => {
    const [scope, runs] = [createScope(), new Runs()];
    const options = { queueType };
    await using foreign = await connectForeign();
    await (await start(instanceOf(scope, runs, "setup", { options }))).stop();
    await publish(foreign, scope, numbers(30));
    const starting = ["A", "B"].map((name) => start(instanceOf(scope, runs, name, { options })));
    const [first, second] = await Promise.all(starting);
    await until(() => runs.ended.length >= 30, { what: "30 messages" });
    expect([runs.overlaps, runs.mostAtOnce, runs.ended]).toEqual([[], 1, numbers(30)]);
    await Promise.all([first?.stop(), second?.stop()]);
  });

  it("activates another instance at a stop only when nothing runs any more", async () => {
    const [scope, runs] = [createScope(), new Runs()];
    const options = { queueType };
    let finish = (): void => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    await using foreign = await connectForeign();
    const first = await start(instanceOf(scope, runs, "first", { options, run: () => finished }));
    await publish(foreign, scope, numbers(10));
    await until(() => runs.begun.size === 1, { what: "the first run" });
    await using second = await start(instanceOf(scope, runs, "second", { options }));
    const stopped = first.stop();
    await until(() => first.log.some(({ msg }) => msg === "service stopping"), { what: "the stop" });
    await publish(foreign, scope, ["10"]);
    finish();
    await stopped;
    await until(() => runs.ended.length >= 11, { what: "11 messages" });
    expect([runs.overlaps, runs.ended]).toEqual([[], numbers(11)]);
    await second.stop();
  });

  it("keeps the order and the active instance while a handler requeues a message", async () => {
    const [scope, runs] = [createScope(), new Runs()];
    let requeues = 0;
    const run = (message: string): unknown => {
      if (message !== "3" || ++requeues > 2) return aWhile();
      throw new Requeue();
    };
    await using foreign = await connectForeign();
    await using first = await start(instanceOf(scope, runs, "first", { options: { queueType }, run }));
    await using second = await start(instanceOf(scope, runs, "second", { options: { queueType }, run }));
    await publish(foreign, scope, numbers(10));
    await until(() => runs.begun.size === 10 && runs.ended.length >= 12, { what: "10 messages" });
    expect([runs.overlaps, [...runs.begun]]).toEqual([[], numbers(10)]);
    await Promise.all([first.stop(), second.stop()]);
  });

  it("never overlaps handlers when the circuit breaker pauses or deliveries are held too long", async () => {
    const [scope, runs] = [createScope(), new Runs()];
    let failing = true;
    const run = async (): Promise<void> => {
      await aWhile();
      if (failing) throw new Error("the database is down");
    };
    const circuitBreaker = { failures: 3, probeAfterSeconds: 1 };
    const given: Instance = {
      options: { queueType, concurrency: 3, circuitBreaker, retry: { delays: ["50ms"], attempts: 50 } },
      amqp: { consumerTimeoutSeconds: 2 },
      run,
    };
    await using foreign = await connectForeign();
    await using first = await start(instanceOf(scope, runs, "first", given));
    await using second = await start(instanceOf(scope, runs, "second", given));
    await publish(foreign, scope, numbers(20));
    const paused = (): boolean =>
      [...first.log, ...second.log].some(({ msg }) => msg.includes("deliveries waited too long") || /pause/.test(msg));
    await until(paused, { what: "a pause" });
    failing = false;
    const empty = async (): Promise<boolean> => {
      const found = await foreign.queueInfo(`${scope.prefix}single`);
      return found?.messageCount === 0 && runs.begun.size === 20;
    };
    await until(empty, { what: "20 messages" });
    expect(runs.overlaps).toEqual([]);
    await Promise.all([first.stop(), second.stop()]);
  });
});

describeWithBroker("singleActive", () => {
  it("never overlaps handlers during a quarantine, which changes the prefetch twice", async () => {
    const [scope, runs] = [createScope(), new Runs()];
    const options = { concurrency: 4, prefetch: 8 };
    await using foreign = await connectForeign();
    await (await start(instanceOf(scope, runs, "setup", { options }))).stop();
    await publish(foreign, scope, numbers(12));
    const queue = `${scope.prefix}single`;
    // Delivered three times to a channel that then closed.
    for (let time = 0; time < 3; time++) {
      const channel = await foreign.connection.createChannel();
      let taken = 0;
      await channel.consume(queue, () => void taken++);
      await until(() => taken === 12, { what: "all to be taken" });
      await channel.close();
      await until(async () => (await foreign.queueInfo(queue))?.messageCount === 12, { what: "all to be back" });
    }
    await using first = await start(instanceOf(scope, runs, "first", { options }));
    await using second = await start(instanceOf(scope, runs, "second", { options }));
    await until(() => new Set(runs.ended).size === 12, { what: "12 messages" });
    expect(first.log.some(({ msg }) => msg.startsWith("a message was redelivered three times"))).toBe(true);
    expect(runs.overlaps).toEqual([]);
    await Promise.all([first.stop(), second.stop()]);
  });
});
