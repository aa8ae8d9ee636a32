// A virtual clock drives the embedded broker: what takes hours there happens at once.
import { expect, it } from "vitest";
import { type AmqpContext, amqp, amqpPublish, Service } from "../../src/index.ts";
import { startService } from "../../src/testing/start-service.ts";
import { createVirtualClock } from "../../src/testing/virtual-clock.ts";
import { connectForeign, until } from "../support/broker.ts";

const hour = 3_600_000;

class Reminders extends Service {
  name = "reminders";
  readonly reminded: string[] = [];

  @amqp("remind") async onRemind(text: string) {
    this.reminded.push(text);
    if (text.endsWith("!")) await amqpPublish(this, text.slice(0, -1), { routingKey: "remind.later" });
  }
}

it("a virtual clock expires messages only when their time has come", async () => {
  await using app = await startService(Reminders, { clock: createVirtualClock() });
  await using foreign = await connectForeign(app.url);
  const waiting = {
    "x-message-ttl": hour,
    "x-dead-letter-exchange": "amq.topic",
    "x-dead-letter-routing-key": "remind",
  };
  await foreign.channel.assertQueue("waiting", { arguments: waiting });
  await foreign.channel.bindQueue("waiting", "amq.topic", "remind.later");
  await app.publish("call home!!", { routingKey: "remind.later" });
  await app.clock.advance("3599999ms");
  await app.idle();
  expect(app.service.reminded).toEqual([]);
  // Each reminder is sent again and waits its hour: the clock goes through all of them in their order.
  await app.clock.advance("3h");
  expect(app.service.reminded).toEqual(["call home!!", "call home!", "call home"]);
  expect(await foreign.queueInfo("waiting")).toMatchObject({ messageCount: 0 });
});

it("a virtual clock makes the broker dead-letter messages that expired before their handler was free", async () => {
  const runs: (() => void)[] = [];
  class Busy extends Service {
    name = "busy";
    @amqp("work", { prefetch: 1 }) async onWork(_text: string, _context: AmqpContext) {
      await new Promise<void>((resolve) => runs.push(resolve));
    }
  }
  await using app = await startService(Busy, { clock: createVirtualClock({ now: 0 }) });
  await app.publish("first", { routingKey: "work" });
  await until(() => runs.length === 1, { what: "the first run" });
  await app.publish("second", { routingKey: "work", expiration: "5s" });
  await app.clock.advance("4999ms");
  expect(await app.deadLetters("onWork")).toEqual([]);
  await app.clock.advance("1ms");
  const deadLetters = await app.deadLetters("onWork", { count: 1 });
  expect(deadLetters).toMatchObject([{ reason: "expired", data: "second", error: undefined }]);
  expect(app.clock.now()).toBe(5000);
  runs[0]?.();
  await app.idle();
});

it("a message is retried when its time has come: at once in the process, later from the broker", async () => {
  const attempts: number[] = [];
  class Retried extends Service {
    name = "retried";
    @amqp("order", { queueName: "orders", retry: { delays: ["5s", "10m"], quick: 1, jitter: "2s" } })
    onOrder(_order: string, { attempt }: AmqpContext) {
      attempts.push(attempt);
      if (attempt < 4) throw new Error("not yet");
    }
  }
  await using app = await startService(Retried, { clock: createVirtualClock({ now: 0 }) });
  await app.publish("book", { routingKey: "order" });
  await until(() => attempts.length === 1, { what: "the first run" });
  await app.clock.advance("100ms");
  await until(() => attempts.length === 2, { what: "the quick retry" });
  // The jitter is over then, the delay is not.
  await app.clock.advance("2s");
  expect(await app.idle()).toEqual({ parked: 1 });
  await app.clock.advance("5s");
  await until(() => attempts.length === 3, { what: "the delayed retry" });
  await app.clock.advance("2s");
  expect(await app.idle()).toEqual({ parked: 1 });
  await app.clock.advance("10m");
  const { context } = await app.handled("onOrder");
  expect([context.attempt, context.routingKey]).toEqual([4, "order"]);
  expect(app.runs("onOrder").map(({ outcome }) => outcome)).toEqual(["retry", "retry", "retry", "acknowledge"]);
  expect(await app.idle()).toEqual({ parked: 0 });
});
