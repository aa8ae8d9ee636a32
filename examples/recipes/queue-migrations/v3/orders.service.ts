import { amqp, JsonBase, Service } from "tomodachi";

export class Orders extends Service {
  name = "recipe-migrations";
  override messageEnvelope = JsonBase;

  @amqp("order.*.paid", {
    queueName: "orders-v2",
    queueArguments: { "x-max-length": 100_000 },
    previousPatterns: ["order.paid"],
  })
  async onPaid(order: { readonly id: string }) {
    this.logger.info(`v3: order ${order.id} is paid`);
  }
}
