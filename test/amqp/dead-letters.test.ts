// How a service and its operator learn of dead letters.
import { expect, it } from "vitest";
import { amqp, type DeadLetter, Service } from "../../src/index.ts";
import { createDeferred } from "../../src/util/deferred.ts";
import { connectForeign, describeWithBroker, type ForeignConnection, until } from "../support/broker.ts";
import { createScope, start, type TestScope } from "../support/running.ts";

const publish = (foreign: ForeignConnection, scope: TestScope, data: string | Buffer): Promise<void> =>
  foreign.publish("amq.topic", `${scope.prefix}key`, data);

const countIn = async (foreign: ForeignConnection, queue: string): Promise<number | undefined> =>
  (await foreign.queueInfo(queue))?.messageCount;

describeWithBroker("the hook onDeadLetter", () => {
  it("is called for each message when its copy is in the queue, with the values of the handler", async () => {
    const scope = createScope();
    const told: DeadLetter[] = [];
    const stood: (number | undefined)[] = [];
    await using foreign = await connectForeign();
    class Fails extends Service {
      name = "fails";
      override options = scope.options();
      @amqp("key", { queueName: "fails" }) on(data: string) {
        throw new TypeError(`no customer ${data}`);
      }
      override async onDeadLetter(deadLetter: DeadLetter) {
        stood.push(await countIn(foreign, deadLetter.deadLetterQueue));
        told.push(deadLetter);
      }
    }
    await using running = await start(Fails);
    await publish(foreign, scope, "7");
    await until(() => told.length === 1, { what: "the hook" });
    await publish(foreign, scope, Buffer.from([0xff]));
    await until(() => told.length === 2, { what: "the hook again" });
    expect(told).toMatchObject([
      {
        reason: "handler-error",
        error: { message: "no customer 7" },
        data: "7",
        handler: "on",
        queueName: `${scope.prefix}fails`,
        deadLetterQueue: `${scope.prefix}fails.dlq`,
        attempts: 1,
      },
      { reason: "unreadable", error: { code: "ERR_AMQP_BODY_NOT_TEXT" } },
    ]);
    expect(told[0]?.context).toMatchObject({ routingKey: "key", service: { name: "fails" } });
    expect([told[1]?.data, told[1]?.context]).toEqual([undefined, undefined]);
    expect(stood).toEqual([1, 2]);
    void running;
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("the hook is broken");
      },
    ],
    ["rejects", () => Promise.reject(new Error("the hook is broken"))],
  ])("that %s is logged, and affects nothing else", async (_, hook: () => unknown) => {
    const scope = createScope();
    class Fails extends Service {
      name = "fails";
      override options = scope.options();
      @amqp("key", { queueName: "fails", concurrency: 1 }) on() {
        throw new Error("no");
      }
      override onDeadLetter() {
        return hook();
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Fails);
    for (let count = 0; count < 3; count++) await publish(foreign, scope, "x");
    await until(() => running.log.filter(({ msg }) => msg.startsWith("onDeadLetter failed")).length === 3, {
      what: "three lines",
    });
    await running.stop();
    expect(await countIn(foreign, `${scope.prefix}fails`)).toBe(0);
    expect(await countIn(foreign, `${scope.prefix}fails.dlq`)).toBe(3);
  });

  it("delays no message, and a stop waits for it", async () => {
    const scope = createScope();
    const [begun, finish] = [createDeferred(), createDeferred()];
    const order: string[] = [];
    class Fails extends Service {
      name = "fails";
      override options = scope.options();
      @amqp("key", { queueName: "fails", concurrency: 1 }) on(data: string) {
        if (data === "bad") throw new Error("no");
      }
      override async onDeadLetter() {
        begun.resolve();
        await finish.promise;
        order.push("the hook ended");
      }
      override stopService() {
        order.push("stopService");
      }
    }
    await using foreign = await connectForeign();
    const running = await start(Fails);
    await publish(foreign, scope, "bad");
    await begun.promise;
    await until(async () => (await countIn(foreign, `${scope.prefix}fails`)) === 0, { what: "the acknowledgement" });
    const stopped = running.stop();
    const queue = `${scope.prefix}fails`;
    await until(async () => (await foreign.queueInfo(queue))?.consumerCount === 0, { what: "the end of the consumer" });
    expect(order).toEqual([]);
    finish.resolve();
    expect(await stopped).toBe(0);
    expect(order).toEqual(["the hook ended", "stopService"]);
  });
});

describeWithBroker("a dead-letter queue that grows", () => {
  it("is reported at the first copy, the tenth and the hundredth, and at the next start", async () => {
    const scope = createScope();
    class Fails extends Service {
      name = "fails";
      override options = scope.options();
      @amqp("key", { queueName: "fails" }) on() {
        throw new Error("no");
      }
    }
    await using foreign = await connectForeign();
    const running = await start(Fails);
    await Promise.all(Array.from({ length: 120 }, () => publish(foreign, scope, "x")));
    await until(async () => (await countIn(foreign, `${scope.prefix}fails.dlq`)) === 120, { what: "120 copies" });
    await running.stop();
    const grown = running.log.filter(({ msg }) => msg.includes("dead-lettered to"));
    expect(grown.map(({ sinceStart, level }) => [sinceStart, level])).toEqual([
      [1, 40],
      [10, 40],
      [100, 40],
    ]);
    const again = await start(Fails);
    const text = `there are 120 messages in "${scope.prefix}fails.dlq"`;
    await until(() => again.log.some(({ msg, level }) => msg === text && level === 40), { what: "the warning" });
    await again.stop();
  });
});
