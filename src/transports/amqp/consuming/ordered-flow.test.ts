import { expect, it } from "vitest";
import type { Consumer } from "../../../amqp-client/consumer.ts";
import { createSilentLogger } from "../../../log/logger.ts";
import { createDeferred, type Deferred } from "../../../util/deferred.ts";
import { consumerHealth } from "./consumer-report.ts";
import type { Intake } from "./intake.ts";
import type { Lanes } from "./lanes.ts";
import { OrderedFlow } from "./ordered-flow.ts";

/** A flow whose runs end when `idle` is resolved; `calls` is what it asked of its consumer and its intake. */
function flowWith(oldestMs = 0): { flow: OrderedFlow; calls: string[]; idle: Deferred<void>; consumer: Consumer } {
  const calls: string[] = [];
  const idle = createDeferred<void>();
  const consumer = {
    release: async () => void calls.push("release"),
    setPrefetch: async (count: number) => void calls.push(`prefetch ${count}`),
    resume: async () => void calls.push("resume"),
  } as unknown as Consumer;
  const intake = { hold: () => calls.push("hold"), go: () => calls.push("go") } as unknown as Intake;
  const lanes = { oldestMs, waiting: 7 } as unknown as Lanes;
  const flow = new OrderedFlow({
    consumer,
    intake,
    lanes,
    logger: createSilentLogger(),
    prefetch: 10,
    idle: () => idle.promise,
  });
  return { flow, calls, idle, consumer };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** As health tells it of a consumer that the broker delivers to. */
function healthOf(flow: OrderedFlow): { state: string; healthy: boolean; reason: string | undefined } {
  const consumer = {
    state: "consuming",
    since: 1,
    trouble: undefined,
    lastDeliveryAt: undefined,
    unsettled: 0,
  } as const;
  return consumerHealth({ connected: true, handler: "on", queue: "queue", consumer, held: flow.held });
}

it("is paused to health, though its consumer stays with the broker", () => {
  const { flow, calls } = flowWith();
  expect(healthOf(flow)).toMatchObject({ state: "consuming", since: new Date(1), healthy: true });
  const before = Date.now();
  flow.pause("failures");
  flow.pause("copies");
  expect(healthOf(flow)).toMatchObject({
    state: "paused",
    healthy: false,
    reason: expect.stringContaining("circuitBreaker"),
  });
  expect(flow.held?.since).toBeGreaterThanOrEqual(before);
  flow.resume("failures");
  expect(healthOf(flow).reason).toContain("copies");
  flow.resume("copies");
  expect(healthOf(flow)).toMatchObject({ state: "consuming", healthy: true });
  expect(calls).toEqual(["hold", "hold", "go", "resume"]);
});

it("is paused to health while what it holds waits to go back, however long the runs take", async () => {
  const { flow, calls, idle } = flowWith(5000);
  expect(flow.giveBackLate(6000)).toBe(0);
  expect(flow.held).toBeUndefined();
  expect(flow.giveBackLate(4000)).toBe(7);
  await settled();
  expect(calls).toEqual(["hold"]);
  expect(healthOf(flow)).toMatchObject({
    state: "paused",
    healthy: false,
    reason: expect.stringContaining("goes back"),
  });
  idle.resolve();
  await settled();
  expect(calls).toEqual(["hold", "release", "prefetch 10", "go", "resume"]);
  expect(healthOf(flow).healthy).toBe(true);
});

it("opens no other channel while there is a reason to pause, and goes on when that ends", async () => {
  const { flow, calls, idle } = flowWith(5000);
  flow.giveBackLate(4000);
  flow.pause("copies");
  idle.resolve();
  await settled();
  expect(calls).toEqual(["hold", "hold", "release", "prefetch 10"]);
  flow.resume("copies");
  expect(calls.slice(4)).toEqual(["go", "resume"]);
});

it("opens it with the last prefetch that was asked for meanwhile", async () => {
  const { flow, calls, idle } = flowWith();
  flow.setPrefetch(1);
  flow.setPrefetch(3);
  idle.resolve();
  await settled();
  expect(calls).toEqual(["hold", "hold", "release", "prefetch 3", "go", "resume"]);
});

it("goes on when the prefetch it has is asked for again while the consumer begins", async () => {
  const { flow, calls, idle, consumer } = flowWith();
  const begun = createDeferred<void>();
  consumer.resume = () => begun.promise;
  flow.setPrefetch(1);
  idle.resolve();
  await settled();
  // A prefetch of 1 is what quarantine begins with and ends with; deliveries come before the broker's answer is heard.
  flow.setPrefetch(1);
  begun.resolve();
  await settled();
  expect(flow.held).toBeUndefined();
  expect(calls.lastIndexOf("go")).toBeGreaterThan(calls.lastIndexOf("hold"));
});
