import { type AmqpContext, amqp, amqpPublish, Service } from "tomodachi";

export { Visitor } from "./visitor.ts";

export class HelloService extends Service {
  name = "amqp-example";

  @amqp("example.topic")
  async forward(message: string) {
    await amqpPublish(this, message, { routingKey: "example.response" });
  }

  @amqp("example.response")
  async greet(message: string, { logger }: AmqpContext) {
    logger.info(`hello, ${message}`);
  }
}
