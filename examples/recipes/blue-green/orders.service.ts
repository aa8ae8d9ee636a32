import { amqp, JsonBase, Service } from "tomodachi";

const colour = process.env["COLOUR"] ?? "blue";

export class Orders extends Service {
  name = "recipe-blue-green";
  override messageEnvelope = JsonBase;

  override startService() {
    // The new version declares its queues and connects, but it handles no message until it is resumed.
    if (process.env["START_PAUSED"] === "1") this.pause();
  }

  @amqp("order.*.paid", { queueName: "blue-green-orders" })
  async onPaid(order: { readonly id: string }) {
    this.logger.info(`${colour}: order ${order.id} is paid`);
  }
}
