import { type AmqpContext, amqp, amqpPublish, Service } from "tomodachi";

export class TemplateService extends Service {
  name = "template-service";

  /** Messages with the routing key `greeting.asked` contain a name. */
  @amqp("greeting.asked")
  async greet(guest: string, { logger }: AmqpContext) {
    logger.info(`greeting ${guest}`);
    await amqpPublish(this, `hello, ${guest}`, { routingKey: "greeting.given" });
  }

  @amqp("greeting.given")
  async hear(greeting: string, { logger }: AmqpContext) {
    logger.info(`heard: ${greeting}`);
  }
}
