/** Which routing keys are noticed as not belonging to the handler. */
import { expect, it } from "vitest";
import { capturingLogger } from "../../../../test/support/capturing-logger.ts";
import { ForeignKeys, type ForeignKeysSettings } from "./foreign-keys.ts";

type Plan = ForeignKeysSettings["plan"];

async function watched(bindings: Partial<Plan["bindings"]>, queue = "orders", prefix = "") {
  const { logger, lines } = await capturingLogger();
  const keys = new ForeignKeys({
    plan: {
      bindings: {
        patterns: ["order.*.paid"],
        templates: [],
        exchangeName: "amq.topic",
        exchangeType: "topic",
        previousPatterns: [],
        declare: true,
        leased: false,
        ...bindings,
      },
      queue: { queueName: "orders" } as Plan["queue"],
      handler: { label: "Orders.onPaid" } as Plan["handler"],
    },
    naming: { routingKeyPrefix: prefix },
    queue,
    logger,
    returnExchange: "orders.return",
  });
  const look = (routingKey: string, exchange = "amq.topic", headers = {}): void =>
    keys.look({ exchange, routingKey, headers });
  return { look, lines };
}

it("a key that no pattern matches is logged once, with key, queue and handler", async () => {
  const { look, lines } = await watched({});
  for (const key of ["order.1.paid", "invoice.sent", "order.2.paid", "invoice.paid"]) look(key);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ level: 40, queue: "orders", routingKey: "invoice.sent" });
  expect(lines[0]?.msg).toContain("Orders.onPaid");
});

it("a key in the header CC counts as a key of the message", async () => {
  const { look, lines } = await watched({});
  look("invoice.sent", "amq.topic", { CC: ["x", "order.1.paid"] });
  expect(lines).toEqual([]);
  look("invoice.sent", "amq.topic", { CC: "order.1.paid" });
  expect(lines).toHaveLength(1);
});

it("keys are compared with their prefix and encoding on the wire", async () => {
  const { look, lines } = await watched({ patterns: ["å.#"] }, "orders", "prod.");
  look("prod.___c3a5_.x");
  expect(lines).toEqual([]);
  look("å.x");
  expect(lines).toHaveLength(1);
});

it("keys of a direct exchange are compared literally", async () => {
  const { look, lines } = await watched({ exchangeType: "direct", patterns: ["*"] });
  look("*");
  expect(lines).toEqual([]);
  look("a");
  expect(lines).toHaveLength(1);
});

it.each([
  ["copies and replays", {}, "orders", [""]],
  ["the service's own retries", {}, "orders", ["orders.return"]],
  ["a queue under a previous name", {}, "old", ["amq.topic"]],
  ["a fanout exchange, where keys say nothing", { exchangeType: "fanout" }, "orders", ["events"]],
] as const)("nothing is logged for %s", async (_what, bindings, queue, [exchange]) => {
  const { look, lines } = await watched(bindings, queue);
  look("invoice.sent", exchange);
  expect(lines).toEqual([]);
});
