import { type AmqpContext, amqp, daily, defineOptions, Json, Reject, Service } from "tomodachi";
import { z } from "zod";
import { PostgresStore } from "./store.ts";

const Order = z.object({ id: z.string(), cents: z.number().int() });

export class Billing extends Service {
  name = "recipe-billing";
  override messageEnvelope = Json;
  readonly #handled = new PostgresStore(process.env["DATABASE_URL"] ?? "");
  override options = defineOptions({
    amqp: {
      deduplicate: "messageId",
      deduplicationStore: this.#handled,
      retry: { delays: ["1s", "10s", "1m", "10m"] },
    },
  });

  override async startService() {
    await this.#handled.createTable();
  }

  @amqp("order.*.placed", { schema: Order, timeoutSeconds: 20 })
  async charge({ id, cents }: z.infer<typeof Order>, { logger, signal }: AmqpContext) {
    const response = await fetch(`${process.env["BANK_URL"]}/charges`, {
      method: "POST",
      // An order has the same key in every attempt, in every instance, and in every message about it.
      headers: { "content-type": "application/json", "idempotency-key": `order-${id}` },
      body: JSON.stringify({ cents }),
      signal,
    });
    if (response.status >= 400 && response.status < 500) throw new Reject(`the bank refuses order ${id}`);
    if (!response.ok) throw new Error(`the bank answered ${response.status} for order ${id}`);
    logger.info(`order ${id} is paid`);
  }

  @daily
  async cleanUp() {
    await this.#handled.deleteExpired();
  }

  override async stopService() {
    await this.#handled.end();
  }
}
