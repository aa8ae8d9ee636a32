// Messages of one key run one after another in the queue's order, even if messages are requeued, lost or dead-lettered in the meantime.
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { amqp, defineService, on, Requeue, type ServiceClass } from "../../src/index.ts";
import type { AmqpOptions } from "../../src/transports/amqp/index.ts";
import { createDeferred } from "../../src/util/deferred.ts";
import {
  connectForeign,
  describeWithBroker,
  type ForeignConnection,
  operator,
  uniqueName,
  until,
} from "../support/broker.ts";
import { createScope, start, type TestScope } from "../support/running.ts";

/** Records what runs when, over all instances that share it. */
class Ledger {
  readonly begun: string[] = [];
  readonly ended: string[] = [];
  readonly overlaps: string[] = [];
  readonly #running = new Map<string, string>();
  mostAtOnce = 0;

  begin(message: string): void {
    const key = keyOf(message);
    const other = this.#running.get(key);
    if (other !== undefined) this.overlaps.push(`${message} beside ${other}`);
    this.#running.set(key, message);
    this.begun.push(message);
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#running.size);
  }

  end(message: string): void {
    this.#running.delete(keyOf(message));
    this.ended.push(message);
  }

  /** Messages that started before an earlier one of their key had ended. A repeated run overtakes no message. */
  get overtaking(): string[] {
    const next = new Map<string, number>();
    return this.begun.filter((message) => {
      const [key, number] = [keyOf(message), Number(message.slice(1))];
      const expected = next.get(key) ?? 0;
      if (number === expected) next.set(key, expected + 1);
      return number > expected;
    });
  }
}

const keyOf = (message: string): string => message.slice(0, 1);
const keys = ["a", "b", "c"];

/** a0, b0, c0, a1, b1, c1, ... */
const messagesOf = (count: number): string[] =>
  Array.from({ length: count }, (_, number) => keys.map((key) => `${key}${number}`)).flat();

interface Ordered {
  readonly name?: string;
  readonly options?: AmqpOptions;
  readonly amqp?: Parameters<TestScope["options"]>[0];
  run(message: string): unknown;
}

function orderedService(
  scope: TestScope,
  ledger: Ledger,
  { name = "ordered", options, run, amqp: given }: Ordered,
): ServiceClass {
  const trigger = amqp("key", { queueName: "ordered", orderingKey: (data: string) => keyOf(data), ...options });
  return defineService({
    name,
    options: scope.options(given),
    handlers: {
      on: on(trigger, async (data) => {
        const message = String(data);
        ledger.begin(message);
        try {
          await run(message);
        } finally {
          ledger.end(message);
        }
      }),
    },
  });
}

async function publish(foreign: ForeignConnection, scope: TestScope, messages: readonly string[]): Promise<void> {
  await Promise.all(messages.map((message) => foreign.publish("amq.topic", `${scope.prefix}key`, message)));
}

const empty = (foreign: ForeignConnection, scope: TestScope): Promise<unknown> =>
  until(async () => (await foreign.queueInfo(`${scope.prefix}ordered`))?.messageCount === 0, {
    what: "an empty queue",
  });

const someTime = (): Promise<void> => sleep(Math.random() * 4);

describeWithBroker("an ordered queue whose instances stop one after another", () => {
  it.each<[string, AmqpOptions]>([
    ["orderingKey", {}],
    ["singleActive", { orderingKey: undefined, singleActive: true, concurrency: 1 }],
  ])("dead-letters no message that no handler has seen: %s", async (_what, options) => {
    const [scope, ledger] = [createScope(), new Ledger()];
    await using foreign = await connectForeign();
    // A run continues until the stop of its instance begins: each instance ends one message, and puts the others back.
    let stopping = createDeferred();
    const service = orderedService(scope, ledger, { options, run: () => stopping.promise });
    await (await start(service)).stop();
    const messages = Array.from({ length: 60 }, (_, number) => `a${number}`);
    await publish(foreign, scope, messages);
    for (let stops = 0; stops < 7; stops++) {
      stopping = createDeferred();
      const before = ledger.begun.length;
      await using running = await start(service);
      await until(() => ledger.begun.length > before, { what: "a run" });
      const stopped = running.stop();
      await until(() => running.log.some(({ msg }) => msg === "service stopping"), { what: "the stop" });
      stopping.resolve();
      await stopped;
    }
    await using running = await start(service);
    await until(() => new Set(ledger.ended).size === messages.length, { what: "the other messages" });
    expect(await foreign.queueInfo(`${scope.prefix}ordered.dlq`)).toMatchObject({ messageCount: 0 });
    await running.stop();
  });
});

describeWithBroker.each(["quorum", "classic"] as const)("per-key order on a %s queue", (queueType) => {
  it("keeps the order of each key, and runs keys concurrently", async () => {
    const [scope, ledger] = [createScope(), new Ledger()];
    await using foreign = await connectForeign();
    await using running = await start(orderedService(scope, ledger, { options: { queueType }, run: someTime }));
    await publish(foreign, scope, messagesOf(100));
    await until(() => ledger.ended.length === 300, { what: "300 messages" });
    expect([ledger.overlaps, ledger.overtaking]).toEqual([[], []]);
    expect(ledger.mostAtOnce).toBe(3);
    await running.stop();
    await empty(foreign, scope);
  });

  it("keeps the order of a backlog from before the start", async () => {
    const [scope, ledger] = [createScope(), new Ledger()];
    await using foreign = await connectForeign();
    const service = orderedService(scope, ledger, { options: { queueType, prefetch: 7 }, run: someTime });
    await (await start(service)).stop();
    await publish(foreign, scope, messagesOf(50));
    await using running = await start(service);
    await until(() => ledger.ended.length === 150, { what: "150 messages" });
    expect([ledger.overlaps, ledger.overtaking]).toEqual([[], []]);
    expect(new Set(ledger.begun).size).toBe(150);
    await running.stop();
    await empty(foreign, scope);
  });

  it("does not delay other keys when one key is busy, however long its queue is", async () => {
    const [scope, ledger] = [createScope(), new Ledger()];
    let release = (): void => {};
    const blocked = new Promise<void>((resolve) => {
      release = resolve;
    });
    await using foreign = await connectForeign();
    const run = (message: string): unknown => (message === "a0" ? blocked : undefined);
    await using running = await start(orderedService(scope, ledger, { options: { queueType, concurrency: 2 }, run }));
    await publish(
      foreign,
      scope,
      Array.from({ length: 20 }, (_, number) => `a${number}`),
    );
    await publish(foreign, scope, ["b0", "b1", "c0"]);
    await until(() => ["b1", "c0"].every((message) => ledger.ended.includes(message)), { what: "the other lanes" });
    expect(ledger.begun.filter((message) => keyOf(message) === "a")).toEqual(["a0"]);
    release();
    await until(() => ledger.ended.length === 23, { what: "the busy lane" });
    expect(ledger.overtaking).toEqual([]);
    await running.stop();
  });

  it("delays later messages of a key after a requeue, and continues after a dead letter", async () => {
    const [scope, ledger] = [createScope(), new Ledger()];
    let asked = 0;
    const run = async (message: string): Promise<void> => {
      await someTime();
      if (message === "a5" && asked++ < 2) throw new Requeue();
      if (message === "b5") throw new Error("b5 cannot be handled");
    };
    await using foreign = await connectForeign();
    await using running = await start(orderedService(scope, ledger, { options: { queueType, prefetch: 10 }, run }));
    await publish(foreign, scope, messagesOf(30));
    await until(() => ledger.ended.length === 92, { what: "92 runs" });
    expect([ledger.overlaps, ledger.overtaking]).toEqual([[], []]);
    expect(ledger.begun.filter((message) => message === "a5")).toHaveLength(3);
    const copy = await until(() => foreign.get(`${scope.prefix}ordered.dlq`), { what: "the copy" });
    expect(copy.content.toString()).toBe("b5");
    await running.stop();
    await empty(foreign, scope);
  });

  it("keeps the order over lost connections", async () => {
    const [scope, ledger] = [createScope(), new Ledger()];
    const name = uniqueName("ordered");
    await using foreign = await connectForeign();
    const service = orderedService(scope, ledger, { name, options: { queueType, prefetch: 20 }, run: someTime });
    await using running = await start(service);
    await publish(foreign, scope, messagesOf(100));
    await until(() => ledger.ended.length >= 20, { what: "20 messages" });
    await operator().closeConnectionsOf(name);
    await until(() => new Set(ledger.ended).size === 300, { what: "300 messages" });
    expect([ledger.overlaps, ledger.overtaking]).toEqual([[], []]);
    await running.stop();
    await empty(foreign, scope);
  });

  it("requeues messages that are held too long, and starts none of them before the first of their key", async () => {
    const [scope, ledger] = [createScope(), new Ledger()];
    let release = (): void => {};
    const blocked = new Promise<void>((resolve) => {
      release = resolve;
    });
    const run = (message: string): unknown => (message === "a0" ? blocked : someTime());
    await using foreign = await connectForeign();
    const service = orderedService(scope, ledger, {
      options: { queueType, prefetch: 20 },
      amqp: { consumerTimeoutSeconds: 1 },
      run,
    });
    await using running = await start(service);
    await publish(foreign, scope, messagesOf(20));
    const warned = (): boolean => running.log.some(({ msg }) => msg.startsWith("deliveries waited too long"));
    await until(warned, { what: "the warning" });
    release();
    await until(() => new Set(ledger.ended).size === 60, { what: "60 messages" });
    expect([ledger.overlaps, ledger.overtaking]).toEqual([[], []]);
    await running.stop();
    await empty(foreign, scope);
  });

  it("keeps the order over instances with singleActive, while they start and stop", async () => {
    const [scope, ledger] = [createScope(), new Ledger()];
    await using foreign = await connectForeign();
    const service = orderedService(scope, ledger, {
      options: { queueType, singleActive: true, prefetch: 20 },
      run: someTime,
    });
    const first = await start(service);
    await publish(foreign, scope, messagesOf(100));
    await using second = await start(service);
    await until(() => ledger.ended.length >= 30, { what: "30 messages" });
    await first.stop();
    await using third = await start(service);
    await until(() => ledger.ended.length >= 120, { what: "120 messages" });
    await second.stop();
    await until(() => new Set(ledger.ended).size === 300, { what: "300 messages" });
    expect([ledger.overlaps, ledger.overtaking, ledger.ended.length]).toEqual([[], [], 300]);
    await third.stop();
    await empty(foreign, scope);
  });
});

describeWithBroker("orderingKey", () => {
  it("keeps the order through a quarantine", async () => {
    const [scope, ledger] = [createScope(), new Ledger()];
    await using foreign = await connectForeign();
    const service = orderedService(scope, ledger, { options: { prefetch: 30 }, run: someTime });
    await (await start(service)).stop();
    await publish(foreign, scope, messagesOf(10));
    // Delivered three times to a channel that then closed.
    for (let time = 0; time < 3; time++) {
      const channel = await foreign.connection.createChannel();
      const taken = async (): Promise<boolean> =>
        (await foreign.queueInfo(`${scope.prefix}ordered`))?.messageCount === 0;
      await channel.consume(`${scope.prefix}ordered`, () => {});
      await until(taken, { what: "all to be taken" });
      await channel.close();
      const back = async (): Promise<boolean> =>
        (await foreign.queueInfo(`${scope.prefix}ordered`))?.messageCount === 30;
      await until(back, { what: "all to be back" });
    }
    await using running = await start(service);
    await until(() => new Set(ledger.ended).size === 30, { what: "30 messages" });
    expect(running.log.some(({ msg }) => msg.startsWith("a message was redelivered three times"))).toBe(true);
    expect([ledger.overlaps, ledger.overtaking]).toEqual([[], []]);
    await running.stop();
    await empty(foreign, scope);
  });

  it("dead-letters a message without a key, and says why", async () => {
    const [scope, ledger] = [createScope(), new Ledger()];
    const orderingKey = (data: string): string => {
      if (data === "a1") throw new Error("no customer");
      return data === "a2" ? ({} as string) : keyOf(data);
    };
    await using foreign = await connectForeign();
    await using running = await start(orderedService(scope, ledger, { options: { orderingKey }, run: someTime }));
    await publish(foreign, scope, ["a0", "a1", "a2", "a3"]);
    const aside = async (): Promise<boolean> =>
      (await foreign.queueInfo(`${scope.prefix}ordered.dlq`))?.messageCount === 2;
    await until(aside, { what: "two copies" });
    await until(() => ledger.ended.length === 2, { what: "the others" });
    expect(ledger.begun).toEqual(["a0", "a3"]);
    const copy = await foreign.get(`${scope.prefix}ordered.dlq`);
    expect(copy?.properties.headers).toMatchObject({
      "x-tomodachi-reason": "unreadable",
      "x-tomodachi-error-code": "ERR_AMQP_ORDERING_KEY",
    });
    await running.stop();
  });
});
