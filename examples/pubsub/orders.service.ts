import { type AmqpContext, amqp, amqpPublish, JsonBase, Service } from "tomodachi";

interface Order {
  readonly id: string;
  readonly total: number;
}

/** Accepts orders, and publishes that they are paid. */
export class Orders extends Service {
  name = "pubsub-orders";
  override messageEnvelope = JsonBase;

  @amqp("order.placed")
  async onPlaced(order: Order, { logger }: AmqpContext) {
    logger.info(`order ${order.id} over ${order.total} was placed`);
    await amqpPublish(this, order, { routingKey: `order.${order.id}.paid` });
  }
}
