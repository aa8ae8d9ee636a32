// A paused handler: it gets no message, holds none and loses none, even if the connection is lost in the meantime.
import { expect, it } from "vitest";
import {
  type AmqpOptions,
  amqp,
  amqpPublish,
  defineService,
  on,
  type Service,
  type ServiceClass,
} from "../../src/index.ts";
import { startFaultProxy } from "../../src/testing/fault-proxy.ts";
import { createVirtualClock } from "../../src/testing/virtual-clock.ts";
import { amqpUrl, connectForeign, describeWithBroker, type ForeignConnection, until } from "../support/broker.ts";
import { createScope, start, startOnClock, type TestScope } from "../support/running.ts";

/** The calls of a handler, and how each continues. */
class Work {
  readonly handled: string[] = [];
  begun = 0;
  act: (message: string) => unknown = () => {};

  async run(message: string): Promise<void> {
    this.begun++;
    await this.act(message);
    this.handled.push(message);
  }
}

interface Working extends AmqpOptions {
  /** Of the proxy between service and broker. */
  readonly url?: string;
  startService?(service: Service): void;
}

function working(scope: TestScope, work: Work, { url, startService, ...options }: Working = {}): ServiceClass {
  const trigger = amqp("key", { queueName: "work", ...options });
  return defineService({
    name: "works",
    options: scope.options(url === undefined ? {} : { url }),
    startService() {
      startService?.(this);
    },
    handlers: { onWork: on(trigger, (message: string) => work.run(message)) },
  });
}

const numbers = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => String(index + from));

async function publish(foreign: ForeignConnection, scope: TestScope, messages: readonly string[]): Promise<void> {
  for (const message of messages) await foreign.publish("amq.topic", `${scope.prefix}key`, message);
}

async function readyIn(foreign: ForeignConnection, scope: TestScope, count: number): Promise<void> {
  const ready = async (): Promise<boolean> => (await foreign.queueInfo(`${scope.prefix}work`))?.messageCount === count;
  await until(ready, { what: `${count} messages in the queue` });
}

const forms: readonly (readonly [string, AmqpOptions])[] = [
  ["no order", {}],
  ["no order, one by one", { prefetch: 1 }],
  ["per-key order", { orderingKey: (data: string) => Number(data) % 3 }],
  ["a single active consumer", { singleActive: true, concurrency: 1 }],
  ["a classic queue", { queueType: "classic" }],
  ["a circuit breaker", { circuitBreaker: 3 }],
];

describeWithBroker.each(forms)("a pause, with %s", (_, options) => {
  it("requeues deliveries that have not started, keeps new messages in the queue, and resumes", async () => {
    const [scope, work] = [createScope(), new Work()];
    let finish = (): void => {};
    const gate = new Promise<void>((resolve) => {
      finish = resolve;
    });
    work.act = () => gate;
    await using foreign = await connectForeign();
    await using running = await start(working(scope, work, { concurrency: 1, prefetch: 10, ...options }));
    const [service] = running.services as [Service];
    await publish(foreign, scope, numbers(20));
    await until(() => work.begun === 1, { what: "the first run" });
    const drained = service.drain("onWork");
    const consumer = () => service.health().transports[0]?.consumers[0];
    await until(() => consumer()?.state === "paused", { what: "the pause" });
    expect(consumer()).toMatchObject({ healthy: true, paused: { reason: "paused by service.drain()" } });
    expect(running.run.health()[0]).toMatchObject({ healthy: true, reasons: [] });
    finish();
    await drained;
    expect(work.handled.length).toBe(1);
    await readyIn(foreign, scope, 19);
    await publish(foreign, scope, numbers(5, 20));
    await readyIn(foreign, scope, 24);
    running.run.resume("works.onWork");
    await until(() => work.handled.length === 25, { what: "all messages" });
    expect(new Set(work.handled).size).toBe(25);
    expect(consumer()).toMatchObject({ state: "consuming", paused: undefined, reason: undefined });
    if (options.singleActive) expect(work.handled).toEqual(numbers(25));
  });

  it("continues while the connection is lost and returns", async () => {
    const [scope, work] = [createScope(), new Work()];
    await using proxy = await startFaultProxy({ target: amqpUrl ?? "" });
    await using foreign = await connectForeign();
    await using running = await start(working(scope, work, { ...options, url: proxy.url }));
    const [service] = running.services as [Service];
    const states = () => service.health().transports[0]?.connections.map(({ state }) => state);
    await service.drain();
    const since = service.health().transports[0]?.consumers[0]?.paused?.since;
    for (let round = 0; round < 2; round++) {
      const { accepted } = proxy;
      proxy.cut();
      // They may be back before the next look at their states.
      await until(() => proxy.accepted >= accepted + 2, { what: "both connections to come again" });
      await until(() => states()?.every((state) => state === "connected"), { what: "both connections again" });
    }
    await publish(foreign, scope, numbers(3));
    await amqpPublish(service, "7", { routingKey: "key" });
    await readyIn(foreign, scope, 4);
    expect(service.health().transports[0]?.consumers[0]).toMatchObject({ state: "paused", paused: { since } });
    expect(work.begun).toBe(0);
    service.resume();
    await until(() => work.handled.length === 4, { what: "all messages" });
  });
});

describeWithBroker("a pause", () => {
  it("delivers a waiting batch at once, and waits for its end", async () => {
    const [scope, batches] = [createScope(), [] as string[][]];
    const trigger = amqp("key", { queueName: "work", batch: { size: 10, wait: "10m" } });
    const handlers = { onWork: on(trigger, async (messages: string[]) => void batches.push(messages)) };
    await using foreign = await connectForeign();
    await using running = await start(defineService({ name: "works", options: scope.options(), handlers }));
    const [service] = running.services as [Service];
    await publish(foreign, scope, ["1", "2", "3"]);
    const unacknowledged = () => service.health().transports[0]?.consumers[0]?.unacknowledged;
    await until(() => unacknowledged() === 3, { what: "three deliveries" });
    await service.drain();
    expect(batches.flat().sort()).toEqual(["1", "2", "3"]);
  });

  it("declares the queue again if it was deleted during the pause", async () => {
    const [scope, work] = [createScope(), new Work()];
    await using proxy = await startFaultProxy({ target: amqpUrl ?? "" });
    await using foreign = await connectForeign();
    await using running = await start(working(scope, work, { url: proxy.url }));
    const [service] = running.services as [Service];
    await service.drain("onWork");
    await foreign.deleteQueue(`${scope.prefix}work`);
    proxy.cut();
    await until(() => foreign.queueInfo(`${scope.prefix}work`), { what: "the queue" });
    // It may not be bound yet.
    await foreign.publish("", `${scope.prefix}work`, "1");
    service.resume("onWork");
    await until(() => work.handled.length === 1, { what: "the message" });
    expect(running.log.some(({ level }) => level >= 50)).toBe(false);
  });

  it("declares the queue again within half a minute even if the connection stays open", async () => {
    const [scope, work, clock] = [createScope(), new Work(), createVirtualClock()];
    await using foreign = await connectForeign();
    await using running = await startOnClock(clock, working(scope, work));
    await running.run.drain();
    await foreign.deleteQueue(`${scope.prefix}work`);
    const looked = async (): Promise<boolean> => {
      await clock.advance("30s");
      return running.log.some(({ msg }) => msg.includes(`The queue "${scope.prefix}work" did not exist any more`));
    };
    await until(looked, { what: "the warning" });
    await publish(foreign, scope, ["1"]);
    await readyIn(foreign, scope, 1);
    running.run.resume();
    await until(() => work.handled.length === 1, { what: "the message" });
  });

  it("of one handler does not affect the others, and that of a single active consumer activates another instance", async () => {
    const scope = createScope();
    const [first, second, other] = [new Work(), new Work(), new Work()];
    const options = { singleActive: true, concurrency: 1 } as const;
    const instance = (work: Work): ServiceClass =>
      defineService({
        name: "works",
        options: scope.options(),
        handlers: {
          onWork: on(amqp("key", { queueName: "work", ...options }), (message: string) => work.run(message)),
          onOther: on(amqp("other", { queueName: "other" }), (message: string) => other.run(message)),
        },
      });
    await using foreign = await connectForeign();
    await using one = await start(instance(first));
    await using two = await start(instance(second));
    await publish(foreign, scope, ["1"]);
    await until(() => first.handled.length === 1, { what: "the first message" });
    one.run.pause("onWork");
    await publish(foreign, scope, ["2"]);
    await until(() => second.handled.length === 1, { what: "the second message, at the other instance" });
    await foreign.publish("amq.topic", `${scope.prefix}other`, "3");
    await until(() => other.handled.length === 1, { what: "the message of the other handler" });
    expect(two.run.health()[0]?.transports[0]?.consumers.map(({ paused }) => paused)).toEqual([undefined, undefined]);
  });

  it("before the start consumes nothing, and may end before the start", async () => {
    const [scope, work] = [createScope(), new Work()];
    await using foreign = await connectForeign();
    const late = (resume: boolean): ServiceClass =>
      working(scope, work, {
        startService(service) {
          service.pause("onWork");
          if (resume) service.resume();
        },
      });
    {
      await using running = await start(late(false));
      await publish(foreign, scope, ["1"]);
      await readyIn(foreign, scope, 1);
      expect((await foreign.queueInfo(`${scope.prefix}work`))?.consumerCount).toBe(0);
      running.run.resume();
      await until(() => work.handled.length === 1, { what: "the message" });
    }
    await using running = await start(late(true));
    await publish(foreign, scope, ["2"]);
    await until(() => work.handled.length === 2, { what: "the second message" });
    expect(running.run.health()[0]?.healthy).toBe(true);
  });

  it("also applies to queues under previous names", async () => {
    const [scope, work] = [createScope(), new Work()];
    await using foreign = await connectForeign();
    await (await start(working(scope, work, { queueName: "old" }))).stop();
    await foreign.publish("", `${scope.prefix}old`, "left");
    const startService = (service: Service): void => service.pause();
    await using running = await start(working(scope, work, { previousQueueNames: ["old"], startService }));
    const [service] = running.services as [Service];
    const consumers = () => service.health().transports[0]?.consumers ?? [];
    await until(() => consumers().length === 2, { what: "the previous queue" });
    expect(consumers().map(({ state }) => state)).toEqual(["paused", "paused"]);
    expect(work.begun).toBe(0);
    service.resume();
    await until(() => work.handled.length === 1, { what: "the message of the previous queue" });
  });

  it("refuses unknown names, and services that do not run", async () => {
    const [scope, work] = [createScope(), new Work()];
    const running = await start(working(scope, work));
    const [service] = running.services as [Service];
    expect(() => service.pause("onWrok")).toThrow(expect.objectContaining({ code: "ERR_SERVICE_HANDLER" }));
    expect(() => running.run.pause("works.onWrok")).toThrow('Did you mean "works.onWork"?');
    await running.stop();
    expect(() => service.pause("onWork")).toThrow(/"works" does not run, so it cannot pause or resume handlers/);
    running.run.pause();
    running.run.resume();
  });

  it.each<[string, AmqpOptions, number]>([
    ["a quorum queue with queueTtl", { queueTtl: "2h" }, 1],
    ["a classic queue, which a look renews", { queueTtl: "2h", queueType: "classic" }, 0],
    ["a classic queue that expires before the next look", { queueTtl: "20s", queueType: "classic" }, 1],
    ["a queue that never expires", {}, 0],
  ])("warns that the broker may delete the queue meanwhile: %s", async (_what, options, count) => {
    const [scope, work] = [createScope(), new Work()];
    await using running = await start(working(scope, work, options));
    const [service] = running.services as [Service];
    await service.drain("onWork");
    const warnings = running.log.filter(({ msg }) => msg.startsWith(`the broker deletes "${scope.prefix}work"`));
    expect(warnings.map(({ level }) => level)).toEqual(Array.from({ length: count }, () => 40));
  });
});
