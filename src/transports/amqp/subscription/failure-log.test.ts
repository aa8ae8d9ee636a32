import { expect, it } from "vitest";
import { capturingLogger } from "../../../../test/support/capturing-logger.ts";
import { type DeliveryFields, FakeDelivery } from "../../../../test/support/fake-delivery.ts";
import type { FailedOutcome } from "../../../service/outcome.ts";
import { logFailure, logVoid } from "./failure-log.ts";

const error = new RangeError("It is too far.");
const plan = { deadLetterQueue: "orders.dlq" };
const { asDelivery: delivery } = new FakeDelivery({ routingKey: "order.paid", properties: { messageId: "m" } });

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
])("says what becomes of a message: $0.kind", async (outcome, level, msg) => {
  const { logger, lines } = await capturingLogger();
  logFailure(logger, plan, delivery, outcome, "orders.return");
  expect(lines).toMatchObject([{ level, msg, routingKey: "order.paid", messageId: "m" }]);
});

it("says that nothing was put aside where the channel is gone", async () => {
  const { logger, lines } = await capturingLogger();
  logVoid(logger, delivery, { kind: "dead-letter", reason: "handler-error", error }, "orders.return");
  logVoid(logger, delivery, { kind: "requeue" }, "orders.return");
  expect(lines).toMatchObject([{ level: 40, msg: expect.stringContaining("so the message comes again") }]);
});

it.each<[string, DeliveryFields]>([
  ["a delayed retry", { exchange: "orders.return" }],
  ["a replay", { exchange: "", headers: { "x-tomodachi-replay": "r" } }],
])("names the key that the message was published with, after %s", async (_what, { headers = {}, ...fields }) => {
  const { logger, lines } = await capturingLogger();
  const back = new FakeDelivery({
    ...fields,
    routingKey: "orders",
    headers: { ...headers, "x-tomodachi-routing-key": "order.paid" },
  });
  logFailure(logger, plan, back.asDelivery, { kind: "dead-letter", reason: "timeout", error }, "orders.return");
  expect(lines).toMatchObject([{ routingKey: "order.paid" }]);
});
