import { amqp, JsonBase, Service } from "tomodachi";

// The type and an argument are different, so it is another queue. Both keys are bound to it.
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
