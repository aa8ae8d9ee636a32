/** Returned messages: their log lines, and when one is dead-lettered without another run. */
import { expect, it } from "vitest";
import { capturingLogger } from "../../../../test/support/capturing-logger.ts";
import { type DeliveryFields, FakeDelivery } from "../../../../test/support/fake-delivery.ts";
import type { Delivery } from "../../../amqp-client/delivery.ts";
import { systemClock } from "../../../util/clock.ts";
import { CrashSuspects, type CrashSuspectsSettings } from "./crash-suspects.ts";

type Plan = CrashSuspectsSettings["plan"];
type Given = Partial<Plan["queue"] & Plan["runs"] & Plan["failures"]>;

async function suspectsOf(given: Given = {}) {
  const { logger, lines } = await capturingLogger();
  const plan = {
    queue: { queueType: "quorum", deadLetterQueue: "orders.dlq", singleActive: false, ...given },
    runs: { reply: undefined, orderingKey: undefined, ...given },
    failures: { crashLimit: 5, ...given },
  } as Plan;
  const settings = { plan, queue: "orders", logger, clock: systemClock };
  return { suspects: new CrashSuspects(settings), lines };
}

function returned(deliveryCount: number, fields: DeliveryFields = {}): Delivery {
  return new FakeDelivery({ redelivered: true, deliveryCount, properties: { messageId: "m" }, ...fields }).asDelivery;
}

function arrive(suspects: CrashSuspects, delivery: Delivery): () => void {
  suspects.arrived(delivery);
  return () => suspects.refuseSpent(delivery);
}

it("a message that came back crashLimit times is refused, but not earlier", async () => {
  const { suspects } = await suspectsOf();
  expect(arrive(suspects, returned(4))).not.toThrow();
  expect(arrive(suspects, returned(5, { properties: { messageId: "other" } }))).toThrow(
    expect.objectContaining({
      code: "ERR_DELIVERY_LIMIT",
      message: expect.stringContaining("was redelivered 5 times"),
    }),
  );
});

it("returns that this process has survived are not counted", async () => {
  const { suspects } = await suspectsOf();
  for (let count = 1; count <= 19; count++) expect(arrive(suspects, returned(count))).not.toThrow();
});

it("a message without an id is recognised by its content", async () => {
  const { suspects } = await suspectsOf();
  for (let count = 1; count <= 9; count++) {
    expect(arrive(suspects, returned(count, { properties: {}, content: "same" }))).not.toThrow();
  }
  expect(arrive(suspects, returned(9, { properties: {}, content: "another" }))).toThrow();
});

it("the limit is higher if the handler itself requeues messages", async () => {
  const { suspects } = await suspectsOf();
  suspects.requeued();
  expect(arrive(suspects, returned(14))).not.toThrow();
  expect(arrive(suspects, returned(15, { properties: { messageId: "other" } }))).toThrow();
});

it.each<[string, Given]>([
  ["orderingKey", { orderingKey: () => "key" }],
  ["singleActive", { singleActive: true }],
])("the limit is higher with %s, where each stop requeues deliveries that have not started", async (_option, given) => {
  const { suspects, lines } = await suspectsOf(given);
  expect(arrive(suspects, returned(14))).not.toThrow();
  expect(lines[0]?.msg).toContain("After 15 redeliveries");
  expect(arrive(suspects, returned(15, { properties: { messageId: "other" } }))).toThrow(/the limit is 15/);
  const { suspects: wider } = await suspectsOf({ ...given, crashLimit: 19 });
  expect(arrive(wider, returned(18))).not.toThrow();
});

it("with crashLimit: false only messages that the broker would drop are refused", async () => {
  const { suspects } = await suspectsOf({ crashLimit: false });
  expect(arrive(suspects, returned(19))).not.toThrow();
  const answering = await suspectsOf({
    crashLimit: false,
    reply: {} as NonNullable<Given["reply"]>,
  });
  expect(arrive(answering.suspects, returned(15))).toThrow();
});

it.each<[string, Delivery, "quorum" | "classic"]>([
  ["on a first delivery", returned(7, { redelivered: false }), "quorum"],
  ["from a classic queue", returned(7), "classic"],
])("a count is not trusted %s", async (_where, delivery, queueType) => {
  const { suspects } = await suspectsOf({ queueType });
  expect(suspects.countOf(delivery)).toBe(0);
  expect(arrive(suspects, delivery)).not.toThrow();
});

it("the first return of a message is logged with its queue, id, count and limit", async () => {
  const { suspects, lines } = await suspectsOf();
  suspects.arrived(returned(1));
  suspects.arrived(returned(2));
  expect(lines).toMatchObject([{ level: 40, queue: "orders", messageId: "m", deliveryCount: 1 }]);
  expect(lines[0]?.msg).toContain('After 5 redeliveries it goes to "orders.dlq" (crashLimit).');
});

it("many messages that came back together are logged once, with their number", async () => {
  const { suspects, lines } = await suspectsOf({ queueType: "classic" });
  for (let id = 0; id < 100; id++) suspects.arrived(returned(0, { properties: { messageId: `m${id}` } }));
  suspects.flush();
  expect(lines).toMatchObject([{ level: 40 }, { level: 40, more: 99 }]);
});

it("a message that this process itself requeued is not suspected", async () => {
  const { suspects, lines } = await suspectsOf();
  suspects.returns();
  suspects.arrived(returned(1));
  expect(lines).toMatchObject([{ level: 20 }]);
});
