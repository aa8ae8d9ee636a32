import { amqp, amqpPublish, type ContextOf, defineOptions, type EventData, JsonBase, Service } from "tomodachi";
import { orderConfirmed, orderPlaced } from "./contracts.ts";

export class TemplateService extends Service {
  name = "template-service";
  override messageEnvelope = JsonBase;
  override options = defineOptions({ amqp: { retry: { delays: ["5s", "1m"] } } });

  @amqp(orderPlaced)
  async onOrderPlaced(order: EventData<typeof orderPlaced>, { params, logger }: ContextOf<typeof orderPlaced>) {
    logger.info(`order ${params.id} of ${order.customer}`);
    const points = Math.floor(order.total / 10);
    await amqpPublish(this, orderConfirmed, { customer: order.customer, points }, { params: { id: params.id } });
  }

  /**
   * Another service could handle this message. If there were no handler for it, a warning would say that it reached no
   * queue.
   */
  @amqp(orderConfirmed)
  onOrderConfirmed(
    { customer, points }: EventData<typeof orderConfirmed>,
    { params, logger }: ContextOf<typeof orderConfirmed>,
  ) {
    logger.info(`order ${params.id} is confirmed: ${points} points for ${customer}`);
  }
}
