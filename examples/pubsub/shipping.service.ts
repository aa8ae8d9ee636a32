import { type AmqpContext, amqp, JsonBase, Service } from "tomodachi";

/** Knows nothing of the other service: it gets its own copy of each message it subscribes to. */
export class Shipping extends Service {
  name = "pubsub-shipping";
  override messageEnvelope = JsonBase;

  @amqp("order.*.paid")
  async ship(order: { readonly id: string }, { logger, routingKey }: AmqpContext) {
    logger.info(`shipping order ${order.id} (${routingKey})`);
  }
}
