import { expect, it } from "vitest";
import type { Consumer } from "../../../amqp-client/consumer.ts";
import { createSilentLogger } from "../../../log/logger.ts";
import { createDeferred, type Deferred } from "../../../util/deferred.ts";
import { consumerHealth } from "./consumer-report.ts";
import type { DeliveryDispatcher } from "./delivery-dispatcher.ts";
import type { Lanes } from "./lanes.ts";
import { OrderedConsumerControl } from "./ordered-consumer-control.ts";
import { PrefetchLimits } from "./prefetch-limits.ts";

/** A control whose runs end when `idle` is resolved; `calls` is what it asked of its consumer and its dispatcher. */
function controlWith(oldestMs = 0): {
  control: OrderedConsumerControl;
  calls: string[];
  idle: Deferred<void>;
  consumer: Consumer;
} {
  const calls: string[] = [];
  const idle = createDeferred<void>();
  const consumer = {
    release: async () => void calls.push("release"),
    setPrefetch: async (count: number) => void calls.push(`prefetch ${count}`),
    resume: async () => void calls.push("resume"),
  } as unknown as Consumer;
  const dispatcher = { hold: () => calls.push("hold"), go: () => calls.push("go") } as unknown as DeliveryDispatcher;
  const lanes = { deliveries: { oldestMs }, waiting: 7 } as unknown as Lanes;
  const control = new OrderedConsumerControl({
    consumer,
    dispatcher,
    lanes,
    logger: createSilentLogger(),
    limits: new PrefetchLimits(10, false),
    unsettled: { settled: () => idle.promise },
  });
  return { control, calls, idle, consumer };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** As health reports it for a consumer that the broker delivers to. */
function healthOf(control: OrderedConsumerControl): { state: string; healthy: boolean; reason: string | undefined } {
  const consumer = {
    state: "consuming",
    since: 1,
    trouble: undefined,
    lastDeliveryAt: undefined,
    unsettled: 0,
  } as const;
  return consumerHealth({ connected: true, handler: "on", queue: "queue", consumer, held: control.held });
}

it("an ordered consumer is shown as paused, although it stays subscribed", () => {
  const { control, calls } = controlWith();
  expect(healthOf(control)).toMatchObject({ state: "consuming", since: new Date(1), healthy: true });
  const before = Date.now();
  control.pause("failures");
  control.pause("copies");
  expect(healthOf(control)).toMatchObject({
    state: "paused",
    healthy: false,
    reason: expect.stringContaining("circuitBreaker"),
  });
  expect(control.held?.since).toBeGreaterThanOrEqual(before);
  control.resume("failures");
  expect(healthOf(control).reason).toContain("copies");
  control.resume("copies");
  expect(healthOf(control)).toMatchObject({ state: "consuming", healthy: true });
  expect(calls).toEqual(["hold", "hold", "go", "resume"]);
});

it("an ordered consumer is shown as paused while its deliveries wait to be requeued, however long the runs take", async () => {
  const { control, calls, idle } = controlWith(5000);
  expect(control.giveBackLate(6000)).toBe(0);
  expect(control.held).toBeUndefined();
  expect(control.giveBackLate(4000)).toBe(7);
  await settled();
  expect(calls).toEqual(["hold"]);
  expect(healthOf(control)).toMatchObject({
    state: "paused",
    healthy: false,
    reason: expect.stringContaining("its messages go back"),
  });
  idle.resolve();
  await settled();
  expect(calls).toEqual(["hold", "release", "prefetch 10", "go", "resume"]);
  expect(healthOf(control).healthy).toBe(true);
});

it("no new channel is opened while a reason to pause exists, and one is opened when it ends", async () => {
  const { control, calls, idle } = controlWith(5000);
  control.giveBackLate(4000);
  control.pause("copies");
  idle.resolve();
  await settled();
  expect(calls).toEqual(["hold", "hold", "release", "prefetch 10"]);
  control.resume("copies");
  expect(calls.slice(4)).toEqual(["go", "resume"]);
});

it("the new channel uses the last requested prefetch", async () => {
  const { control, calls, idle } = controlWith();
  control.startOneByOne();
  control.endOneByOne();
  idle.resolve();
  await settled();
  expect(calls).toEqual(["hold", "hold", "release", "prefetch 10", "go", "resume"]);
});

it("the consumer continues when its current prefetch is requested again while it starts", async () => {
  const { control, calls, idle, consumer } = controlWith();
  const begun = createDeferred<void>();
  consumer.resume = () => begun.promise;
  control.startOneByOne();
  idle.resolve();
  await settled();
  // If the whole prefetch is 1, the quarantine ends with it too; deliveries come before the broker's answer.
  control.endOneByOne();
  begun.resolve();
  await settled();
  expect(control.held).toBeUndefined();
  expect(calls.lastIndexOf("go")).toBeGreaterThan(calls.lastIndexOf("hold"));
});

it("a requested pause closes the channel when nothing runs, and the consumer is paused and healthy", async () => {
  const { control, calls, idle } = controlWith();
  control.pause("asked", "paused by a test");
  expect(healthOf(control)).toMatchObject({
    state: "paused",
    healthy: true,
    reason: "paused by a test",
    paused: { since: expect.any(Date), reason: "paused by a test" },
  });
  await settled();
  expect(calls).toEqual(["hold"]);
  idle.resolve();
  await control.gaveBack();
  expect(calls).toEqual(["hold", "release", "prefetch 10"]);
  control.resume("asked");
  expect(calls.slice(3)).toEqual(["go", "resume"]);
  expect(healthOf(control)).toMatchObject({ state: "consuming", healthy: true, paused: undefined });
});

it("a new channel is opened when a requested pause ends while runs finish", async () => {
  const { control, calls, idle } = controlWith();
  control.pause("asked");
  control.resume("asked");
  idle.resolve();
  await control.gaveBack();
  expect(calls).toEqual(["hold", "release", "prefetch 10", "go", "resume"]);
});
