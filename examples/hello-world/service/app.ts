import { type AmqpContext, amqp, amqpPublish, Service } from "tomodachi";

export class HelloService extends Service {
  name = "amqp-example";

  override async startedService() {
    await amqpPublish(this, "friend", { routingKey: "example.topic" });
  }

  @amqp("example.topic")
  async forward(message: string) {
    await amqpPublish(this, message, { routingKey: "example.response" });
  }

  @amqp("example.response")
  async greet(message: string, { logger }: AmqpContext) {
    logger.info(`hello, ${message}`);
  }
}
