import { type AmqpContext, amqp, JsonBase, Service } from "tomodachi";

/** Knows nothing of the other service. It gets its own copy of each message that it subscribes to. */
export class Shipping extends Service {
  name = "pubsub-shipping";
  override messageEnvelope = JsonBase;

  @amqp("order.*.paid")
  async ship(order: { readonly id: string }, { logger, routingKey }: AmqpContext) {
    logger.info(`shipping order ${order.id} (${routingKey})`);
  }
}
