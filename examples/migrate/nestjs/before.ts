// A NestJS microservice with the RabbitMQ transport: it bills orders, and asks for prices.
import "reflect-metadata";
import { Controller, Inject, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import {
  type ClientProxy,
  ClientsModule,
  Ctx,
  EventPattern,
  MessagePattern,
  type MicroserviceOptions,
  Payload,
  RmqContext,
  Transport,
} from "@nestjs/microservices";
import { type Channel, type ConsumeMessage, connect } from "amqplib";
import { lastValueFrom, timeout } from "rxjs";

interface Order {
  readonly id: number;
  readonly article: string;
}

const urls = [process.env["AMQP_URL"] ?? "amqp://127.0.0.1"];

// Topology: NestJS declares only its own queue.
const queueOptions = {
  durable: true,
  arguments: { "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "billing.failed" },
};
const connection = await connect(urls[0] as string);
const channel = await connection.createChannel();
await channel.assertQueue("billing.failed", { durable: true });
await channel.assertQueue("billed", { durable: true });
await connection.close();

@Controller()
class Billing {
  constructor(
    @Inject("BILLED") private readonly billed: ClientProxy,
    @Inject("PRICES") private readonly prices: ClientProxy,
  ) {}

  // Consume
  @EventPattern("order.placed")
  async onPlaced(@Payload() order: Order, @Ctx() context: RmqContext): Promise<void> {
    const [channel, message] = [context.getChannelRef(), context.getMessage() as ConsumeMessage];
    try {
      const asked = this.prices.send<{ cents: number }>("price.get", { article: order.article });
      const { cents } = await lastValueFrom(asked.pipe(timeout(10_000)));
      if (cents === 0) throw new Error(`${order.article} has no price`);

      // Publish with confirm
      const sent = this.billed.emit("order.billed", { id: order.id, cents, by: "nestjs" });
      await lastValueFrom(sent, { defaultValue: undefined });
      channel.ack(message);
    } catch (error) {
      this.again(channel, message, error);
    }
  }

  // Retry and dead letter
  private again(channel: Channel, message: ConsumeMessage, error: unknown): void {
    // The first failure requeues the message, which the broker marks as redelivered. The second one dead-letters it.
    if (!message.fields.redelivered) channel.nack(message, false, true);
    else channel.nack(message, false, false);
    console.error(error);
  }

  // Answer requests
  @MessagePattern("price.get")
  async onPriceGet(@Payload() { article }: { article: string }, @Ctx() context: RmqContext) {
    context.getChannelRef().ack(context.getMessage());
    return { cents: article === "gold" ? 0 : 250 };
  }
}

const options = { urls, queueOptions, persistent: true };

@Module({
  imports: [
    ClientsModule.register([
      { name: "BILLED", transport: Transport.RMQ, options: { urls, persistent: true, queue: "billed", noAssert: true } },
      { name: "PRICES", transport: Transport.RMQ, options: { ...options, queue: "billing" } },
    ]),
  ],
  controllers: [Billing],
})
class AppModule {}

const app = await NestFactory.createMicroservice<MicroserviceOptions>(AppModule, {
  transport: Transport.RMQ,
  options: { ...options, queue: "billing", noAck: false, prefetchCount: 50 },
  logger: ["error"],
});
app.enableShutdownHooks();
await app.listen();
console.log("ready");
