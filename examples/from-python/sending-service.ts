// Python: examples/pubsub_example/service_send_message.py
import { randomUUID } from "node:crypto";
import { amqpPublish, JsonBase, Service, schedule } from "tomodachi";

export class ServiceSendMessage extends Service {
  name = "example-service-send-message";
  override messageEnvelope = JsonBase;

  @schedule({ every: "10s", immediately: true })
  async sendMessage() {
    const data = randomUUID();
    const routingKey = "example.pubsub.new.message";
    this.logger.info(`Publishing message '${data}' with the key '${routingKey}'`);
    await amqpPublish(this, data, { routingKey });
  }
}
