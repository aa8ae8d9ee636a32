import {
  type AmqpContext,
  amqp,
  amqpPublish,
  daily,
  defineOptions,
  Json,
  type ScheduleContext,
  Service,
  schedule,
} from "tomodachi";
import { createTables, openPool, transaction } from "./database.ts";
import { forgetOld, isFirst } from "./inbox.ts";
import { Order } from "./order.ts";
import { addToOutbox, emptyOutbox } from "./outbox.ts";

export class Orders extends Service {
  name = "recipe-orders";
  override messageEnvelope = Json;
  override options = defineOptions({ amqp: { deduplicate: "messageId", retry: { delays: ["1s", "10s", "1m"] } } });
  readonly #pool = openPool();

  override async startService() {
    await createTables(this.#pool);
  }

  @amqp("order.wanted", { schema: Order })
  async place(order: Order, context: AmqpContext) {
    const placed = await transaction(this.#pool, async (client) => {
      if (!(await isFirst(client, "orders.place", context))) return false;
      await client.query("INSERT INTO orders (id, total) VALUES ($1, $2)", [order.id, order.total]);
      await addToOutbox(client, `order.${order.id}.placed`, order);
      return true;
    });
    context.logger.info(placed ? `order ${order.id} was placed` : `order ${order.id} was placed before`);
  }

  @schedule({ every: "1s", immediately: true })
  async relay(_dueAt: Date, { logger, signal }: ScheduleContext) {
    await emptyOutbox(
      this.#pool,
      async ({ id, routing_key, data }) => {
        try {
          await amqpPublish(this, data, { routingKey: routing_key, messageId: id });
        } catch (error) {
          logger.warn({ err: error, id }, "a row of the outbox cannot be published");
          throw error;
        }
      },
      signal,
    );
  }

  @daily
  async cleanUp() {
    await forgetOld(this.#pool);
  }

  override async stopService() {
    await this.#pool.end();
  }
}
