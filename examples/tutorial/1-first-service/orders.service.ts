import { type AmqpContext, amqp, amqpPublish, JsonBase, Service } from "tomodachi";

interface Order {
  readonly id: string;
  readonly total: number;
}

export class Orders extends Service {
  name = "shop-orders";
  override messageEnvelope = JsonBase;

  override async startedService() {
    await amqpPublish(this, { id: "1", total: 12.5 }, { routingKey: "order.placed" });
  }

  @amqp("order.placed")
  async onPlaced({ id, total }: Order, { logger }: AmqpContext) {
    logger.info(`order ${id} over ${total} was placed`);
  }
}
