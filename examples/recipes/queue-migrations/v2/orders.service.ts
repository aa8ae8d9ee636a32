import { amqp, JsonBase, Service } from "tomodachi";

// Another type and another argument, so it is another queue. Both keys lead to it.
const queue = {
  queueName: "orders-v2",
  queueArguments: { "x-max-length": 100_000 },
  previousQueueNames: ["orders"],
} as const;

export class Orders extends Service {
  name = "recipe-migrations";
  override messageEnvelope = JsonBase;

  @amqp("order.*.paid", queue)
  @amqp("order.paid", queue)
  async onPaid(order: { readonly id: string }) {
    this.logger.info(`v2: order ${order.id} is paid`);
  }
}
