import { expect, it } from "vitest";
import { capturingLogger } from "../../../../test/support/capturing-logger.ts";
import { type DeliveryFields, FakeDelivery } from "../../../../test/support/fake-delivery.ts";
import type { FailedOutcome } from "../../../service/outcome.ts";
import { createVirtualClock } from "../../../testing/virtual-clock.ts";
import { type Clock, systemClock } from "../../../util/clock.ts";
import { FailureLog, type FailureLogSettings } from "./failure-log.ts";

const error = new RangeError("It is too far.");
const plan = { queue: { deadLetterQueue: "orders.dlq" } } as FailureLogSettings["plan"];
const { asDelivery: delivery } = new FakeDelivery({ routingKey: "order.paid", properties: { messageId: "m" } });

async function failureLog(clock: Clock = systemClock, level = "trace") {
  const { logger, lines } = await capturingLogger();
  logger.level = level;
  return { log: new FailureLog({ plan, logger, clock, returnExchange: "orders.return" }), lines };
}

it.each<[FailedOutcome, number, string]>([
  [{ kind: "requeue" }, 20, "the message goes back to its queue"],
  [
    { kind: "retry", delayMs: 5000, jitterMs: 0, reason: "handler-error", error },
    40,
    "a message could not be handled: It is too far; it is handled again in 5s",
  ],
  [
    { kind: "dead-letter", reason: "timeout", error },
    50,
    'a message could not be handled: It is too far; it goes to "orders.dlq"',
  ],
  [
    { kind: "dead-letter", reason: "unreadable", error },
    50,
    'a message could not be read: It is too far; it goes to "orders.dlq"',
  ],
])("the log says what happens to a message: $0.kind", async (outcome, level, msg) => {
  const { log, lines } = await failureLog();
  log.failed(delivery, outcome);
  expect(lines).toMatchObject([{ level, msg, routingKey: "order.paid", messageId: "m" }]);
});

it("the log says that nothing was dead-lettered when the channel is closed", async () => {
  const { log, lines } = await failureLog();
  log.void(delivery, { kind: "dead-letter", reason: "handler-error", error });
  log.void(delivery, { kind: "requeue" });
  expect(lines).toMatchObject([
    { level: 40, msg: expect.stringContaining("so the broker delivers the message again") },
  ]);
});

it("the log has the stack of the last attempt's error, and no stack in earlier warnings", async () => {
  const { log, lines } = await failureLog();
  log.goesOn(delivery, error, 100);
  log.failed(delivery, { kind: "retry", delayMs: 5000, jitterMs: 0, reason: "handler-error", error });
  log.failed(delivery, { kind: "dead-letter", reason: "handler-error", error });
  const stacks = lines.map(({ level, err }) => [level, typeof (err as { stack?: string }).stack]);
  expect(stacks).toEqual([
    [40, "undefined"],
    [40, "undefined"],
    [50, "string"],
  ]);
});

/** An error that counts how often its stack is read. */
function thrownAt(frame: string) {
  const reads = { stack: 0 };
  const error = Object.defineProperty(new RangeError("It is too far."), "stack", {
    get() {
      reads.stack++;
      return `RangeError: It is too far.\n    at node:internal/a:1:1\n    at ${frame}\n    at other (/app/other.ts:1:1)`;
    },
  });
  return { error, reads };
}

it("a warning has the line of the user's code that threw, and the summary of the others has none", async () => {
  const { log, lines } = await failureLog();
  const first = thrownAt("async Shop.onPaid (/app/shop.ts:7:11)");
  const second = thrownAt("async Shop.onPaid (/app/shop.ts:7:11)");
  log.goesOn(delivery, first.error, 100);
  log.goesOn(delivery, second.error, 100);
  log.flush();
  expect(lines.map(({ err }) => err)).toEqual([
    { type: "RangeError", message: "It is too far.", at: "Shop.onPaid (/app/shop.ts:7:11)" },
    { type: "RangeError", message: "It is too far." },
  ]);
  expect(second.reads).toEqual({ stack: 0 });
});

it("the stack of an error is not read for lines that are not logged", async () => {
  const { log, lines } = await failureLog(systemClock, "fatal");
  const { error, reads } = thrownAt("Shop.onPaid (/app/shop.ts:7:11)");
  log.goesOn(delivery, error, 100);
  log.failed(delivery, { kind: "dead-letter", reason: "handler-error", error });
  log.flush();
  expect(lines).toEqual([]);
  expect(reads).toEqual({ stack: 0 });
});

it("the stacks of 100 equal last attempts are read once", async () => {
  const { log } = await failureLog();
  const { error, reads } = thrownAt("Shop.onPaid (/app/shop.ts:7:11)");
  for (let n = 0; n < 100; n++) log.failed(delivery, { kind: "dead-letter", reason: "handler-error", error });
  expect(reads).toEqual({ stack: 1 });
});

it("failures that differ only by numbers and ids are counted in one line", async () => {
  const clock = createVirtualClock();
  const { log, lines } = await failureLog(clock);
  for (let order = 1; order <= 246; order++) {
    const failure = new RangeError(`order ${order} of 7c9a125e-2026-4aa1 is too far`);
    const one = new FakeDelivery({ routingKey: `order.${order}.paid`, properties: { messageId: `m-${order}` } });
    log.failed(one.asDelivery, { kind: "dead-letter", reason: "handler-error", error: failure });
  }
  log.failed(delivery, { kind: "dead-letter", reason: "handler-error", error: new TypeError("another") });
  expect(lines).toHaveLength(2);
  await clock.advance("10000ms");
  expect(lines.slice(2)).toMatchObject([
    {
      level: 50,
      more: 245,
      routingKey: "order.246.paid",
      messageId: "m-246",
      reason: "handler-error",
      msg: expect.stringMatching(
        /^a message could not be handled: order 246 .*; 245 more messages failed in the same way in the last 10 s$/,
      ),
    },
  ]);
});

it("one more failure is written with its message", async () => {
  const { log, lines } = await failureLog();
  for (const _ of [1, 2]) log.failed(delivery, { kind: "dead-letter", reason: "handler-error", error });
  for (const _ of [1, 2]) log.goesOn(delivery, error, 100);
  log.flush();
  const of = { more: 1, routingKey: "order.paid", messageId: "m" };
  const same = "failed in the same way in the last 10 s";
  expect(lines.slice(2)).toMatchObject([
    { ...of, msg: `a message could not be handled: It is too far; 1 more message ${same}` },
    { ...of, msg: `a run failed: It is too far; 1 more run ${same}` },
  ]);
});

it("the remaining counts are logged at the end", async () => {
  const { log, lines } = await failureLog();
  for (const _ of [1, 2, 3]) log.failed(delivery, { kind: "dead-letter", reason: "handler-error", error });
  log.flush();
  expect(lines.map(({ more }) => more)).toEqual([undefined, 2]);
});

it("the number of counted kinds is limited", async () => {
  const { log, lines } = await failureLog();
  for (let kind = 0; kind < 1000; kind++) {
    const failure = new Error(`kind ${"x".repeat(kind % 400)}`);
    for (const _ of [1, 2]) log.failed(delivery, { kind: "dead-letter", reason: "handler-error", error: failure });
  }
  // 1000 times the first line, and those that were counted until room was needed.
  expect(lines.length).toBeGreaterThan(1700);
  log.flush();
  expect(lines).toHaveLength(2000);
});

it.each<[string, DeliveryFields]>([
  ["a delayed retry", { exchange: "orders.return" }],
  ["a replay", { exchange: "", headers: { "x-tomodachi-replay": "r" } }],
])("the log contains the key of the first publish after %s", async (_what, { headers = {}, ...fields }) => {
  const { log, lines } = await failureLog();
  const back = new FakeDelivery({
    ...fields,
    routingKey: "orders",
    headers: { ...headers, "x-tomodachi-routing-key": "order.paid" },
  });
  log.failed(back.asDelivery, { kind: "dead-letter", reason: "timeout", error });
  expect(lines).toMatchObject([{ routingKey: "order.paid" }]);
});
