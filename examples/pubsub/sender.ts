import { amqpPublish, exit, JsonBase, Service } from "tomodachi";

/** Sends three orders and ends. */
export class Sender extends Service {
  name = "pubsub-sender";
  override messageEnvelope = JsonBase;

  override async startedService() {
    for (const id of ["1", "2", "3"]) {
      await amqpPublish(this, { id, total: 10 * Number(id) }, { routingKey: "order.placed" });
    }
    exit();
  }
}
