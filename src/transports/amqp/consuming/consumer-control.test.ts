/** The prefetch of a consumer of messages without an order: what each part requests, and what is sent to the broker. */
import { expect, it } from "vitest";
import type { Consumer } from "../../../amqp-client/consumer.ts";
import { createSilentLogger } from "../../../log/logger.ts";
import { UnorderedConsumerControl } from "./consumer-control.ts";
import type { DeliveryDispatcher } from "./delivery-dispatcher.ts";
import { HoldLimit } from "./hold-limit.ts";
import { PrefetchLimits } from "./prefetch-limits.ts";

/** `told` is what the broker received; a run of 1000 ms leaves room for the half of 4 messages, one of 0 for all of them. */
function controlWith({ careful = false } = {}): {
  control: UnorderedConsumerControl;
  told: (number | string)[];
  dispatched: string[];
} {
  const told: (number | string)[] = [];
  const dispatched: string[] = [];
  const consumer = {
    setPrefetch: async (count: number) => void told.push(count),
    pause: async () => void told.push("pause"),
    resume: async () => void told.push("resume"),
  } as unknown as Consumer;
  const dispatcher = {
    hold: () => dispatched.push("hold"),
    go: () => dispatched.push("go"),
    giveBackWaiting: () => dispatched.push("give back"),
  } as unknown as DeliveryDispatcher;
  const control = new UnorderedConsumerControl({
    consumer,
    dispatcher,
    logger: createSilentLogger(),
    limits: new PrefetchLimits(4, careful),
    hold: new HoldLimit({ prefetch: 4, concurrency: 1, limitMs: 200 }),
  });
  return { control, told, dispatched };
}

it("a prefetch that the hold limit changed is sent to the broker, only when it differs", () => {
  const { control, told } = controlWith();
  control.took(0);
  expect(told).toEqual([]);
  control.took(1000);
  expect(told).toEqual([2]);
  control.took(100);
  expect(told).toEqual([2]);
});

it("the prefetch of the hold limit is kept until the quarantine has ended", () => {
  const { control, told } = controlWith();
  let known = 0;
  control.startOneByOne(() => known++);
  control.took(1000);
  expect(told).toEqual([1]);
  control.endOneByOne();
  expect(told).toEqual([1, 2]);
});

it("a callback says when the broker delivers one by one, or that it never will", async () => {
  const { control } = controlWith();
  await new Promise<void>((resolve) => control.startOneByOne(resolve));
  const refused = controlWith();
  refused.told.push = () => {
    throw new Error("the channel is gone");
  };
  await new Promise<void>((resolve) => refused.control.startOneByOne(resolve));
});

it("a careful start ends with the whole prefetch", () => {
  const { control, told } = controlWith({ careful: true });
  control.endOneByOne();
  expect(told).toEqual([4]);
});

it("the prefetch stays at one while the circuit breaker probes, whatever else ends", () => {
  const { control, told } = controlWith();
  control.startOneByOne(() => {});
  control.pause("failures");
  control.probe();
  control.endOneByOne();
  expect(told).toEqual([1, "pause", 1, "resume", 1]);
  control.recovered();
  expect(told.at(-1)).toBe(4);
});

it("the consumer resumes when the last reason to pause ends", () => {
  const { control, told } = controlWith();
  control.pause("failures");
  control.pause("copies");
  control.resume("failures");
  expect([control.held?.reason, told]).toEqual(["copies", ["pause", "pause"]]);
  control.resume("copies");
  expect([control.held, told]).toEqual([undefined, ["pause", "pause", "resume"]]);
});

it("a requested pause starts no new delivery, and requeues those that have not started", async () => {
  const { control, told, dispatched } = controlWith();
  control.pause("asked", "paused by a test");
  expect(dispatched).toEqual(["hold"]);
  expect(control.held).toMatchObject({ reason: "asked", text: "paused by a test" });
  await control.gaveBack();
  expect([dispatched, told]).toEqual([["hold", "give back"], ["pause"]]);
  control.resume("asked");
  expect([dispatched.at(-1), told.at(-1), control.held]).toEqual(["go", "resume", undefined]);
});

it("nothing is requeued when a requested pause ends before the broker confirmed it", async () => {
  const { control, dispatched } = controlWith();
  control.pause("asked");
  control.resume("asked");
  await control.gaveBack();
  expect(dispatched).toEqual(["hold", "go"]);
});

it("a requested pause continues when the circuit breaker tries a message, and a fault is reported first", () => {
  const { control, told, dispatched } = controlWith();
  control.pause("asked");
  control.pause("failures");
  expect(control.held?.reason).toBe("failures");
  control.probe();
  expect([told, dispatched, control.held?.reason]).toEqual([["pause", "pause", 1], ["hold", "hold"], "asked"]);
  control.resume("asked");
  expect([told.at(-1), dispatched.at(-1)]).toEqual(["resume", "go"]);
});
