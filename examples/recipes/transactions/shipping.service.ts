import { type AmqpContext, amqp, defineOptions, Json, Service } from "tomodachi";
import { createTables, openPool, transaction } from "./database.ts";
import { isFirst } from "./inbox.ts";
import { Order } from "./order.ts";

export class Shipping extends Service {
  name = "recipe-shipping";
  override messageEnvelope = Json;
  override options = defineOptions({ amqp: { deduplicate: "messageId", retry: { delays: ["1s", "10s", "1m"] } } });
  readonly #pool = openPool();

  override async startService() {
    await createTables(this.#pool);
  }

  @amqp("order.*.placed", { schema: Order })
  async ship(order: Order, context: AmqpContext) {
    const shipped = await transaction(this.#pool, async (client) => {
      if (!(await isFirst(client, "shipping.ship", context))) return false;
      await client.query("INSERT INTO shipments (order_id) VALUES ($1)", [order.id]);
      return true;
    });
    context.logger.info(shipped ? `order ${order.id} is shipped` : `order ${order.id} was shipped before`);
  }

  override async stopService() {
    await this.#pool.end();
  }
}
