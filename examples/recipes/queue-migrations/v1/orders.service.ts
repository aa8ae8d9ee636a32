import { amqp, JsonBase, Service } from "tomodachi";

export class Orders extends Service {
  name = "recipe-migrations";
  override messageEnvelope = JsonBase;

  @amqp("order.paid", { queueName: "orders", queueType: "classic" })
  async onPaid(order: { readonly id: string }) {
    this.logger.info(`v1: order ${order.id} is paid`);
  }
}
