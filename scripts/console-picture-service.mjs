// A shop that is busy, and of which some things fail: what the picture of the console shows.
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { amqp, amqpPublish, defineOptions, defineService, event, JsonBase, on } from "tomodachi";
import { z } from "zod";

const orderPaid = event("order.{id}.paid", {
  schema: z.object({
    orderId: z.uuid(),
    total: z.number().min(0).describe("in the main unit of the currency"),
    currency: z.enum(["SEK", "EUR", "USD"]),
    express: z.boolean(),
    note: z.string().optional(),
    deliverTo: z.object({ street: z.string(), city: z.string(), country: z.enum(["SE", "NO", "DK"]) }),
    lines: z.array(z.object({ sku: z.string(), count: z.number().int() })),
  }),
});
const receiptSent = event("receipt.{id}.sent", { schema: z.object({ orderId: z.string(), email: z.string() }) });
const stockCounted = z.object({ sku: z.string(), left: z.number() });

let made = 0;
let timer;

function order() {
  made++;
  return {
    orderId: randomUUID(),
    total: made % 40 === 9 ? 13 : 100 + ((made * 37) % 900),
    currency: "SEK",
    express: made % 3 === 0,
    deliverTo: { street: "Storgatan 4", city: "Umeå", country: "SE" },
    lines: [{ sku: "A-100", count: 2 }],
  };
}

export const orders = defineService({
  name: "orders",
  messageEnvelope: JsonBase,
  options: defineOptions({ asyncContext: true, amqp: { retry: { delays: ["5s", "20s"], attempts: 3 } } }),
  handlers: {
    onPaid: on(amqp(orderPaid, { queueName: "orders-paid" }), async (paid, { service, logger }) => {
      if (paid.total === 13) throw new Error("the bank does not answer: connect ECONNREFUSED 10.0.4.17:443");
      await sleep(4 + Math.random() * 12);
      if (paid.total > 950) logger.warn({ orderId: paid.orderId, total: paid.total }, "a large order");
      const receipt = { orderId: paid.orderId, email: "ann@example.com" };
      await amqpPublish(service, receiptSent, receipt, { params: { id: String(made) } });
    }),
    onReceipt: on(amqp(receiptSent, { queueName: "orders-receipts", retry: false }), async () => {
      if (Math.random() < 0.01) throw new TypeError("Cannot read properties of undefined (reading 'locale')");
    }),
    onStock: on(amqp("stock.#", { queueName: "orders-stock", schema: stockCounted }), async () => {}),
  },
  startedService() {
    const publish = () => {
      for (let count = 0; count < 2; count++) {
        void amqpPublish(this, orderPaid, order(), { params: { id: String(made) } });
      }
      if (made % 100 === 0) void amqpPublish(this, { sku: "A-100", left: "many" }, { routingKey: "stock.counted" });
    };
    timer = setInterval(publish, 100);
  },
  stoppingService: () => clearInterval(timer),
});
