// A NestJS service with @golevelup/nestjs-rabbitmq: it bills orders, and asks for prices.
import "reflect-metadata";
import { AmqpConnection, RabbitMQModule, RabbitRPC, RabbitSubscribe } from "@golevelup/nestjs-rabbitmq";
import { Injectable, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import type { Channel, ConsumeMessage } from "amqplib";

interface Order {
  readonly id: number;
  readonly article: string;
}

// Retry and dead letter
function again(channel: Channel, message: ConsumeMessage, error: unknown): void {
  const { headers = {}, ...properties } = message.properties;
  const failures = Number(headers["x-failures"] ?? 0) + 1;
  const queue = failures < 3 ? "billing.wait" : "billing.failed";
  const options = { ...properties, headers: { ...headers, "x-failures": failures, "x-error": String(error) } };
  channel.sendToQueue(queue, message.content, options);
  channel.ack(message);
}

@Injectable()
class Billing {
  constructor(private readonly amqp: AmqpConnection) {}

  // Consume
  @RabbitSubscribe({ exchange: "shop", routingKey: "order.placed", queue: "billing", errorHandler: again })
  async onPlaced(order: Order): Promise<void> {
    const { cents } = await this.amqp.request<{ cents: number }>({
      exchange: "shop",
      routingKey: "price.get",
      payload: { article: order.article },
      timeout: 10_000,
    });
    if (cents === 0) throw new Error(`${order.article} has no price`);

    // Publish with confirm
    await this.amqp.publish("shop", "order.billed", { id: order.id, cents, by: "golevelup" }, { persistent: true });
  }

  // Answer requests
  @RabbitRPC({ exchange: "shop", routingKey: "price.get", queue: "prices" })
  async onPriceGet({ article }: { article: string }): Promise<{ cents: number }> {
    return { cents: article === "gold" ? 0 : 250 };
  }
}

// Topology
@Module({
  imports: [
    RabbitMQModule.forRoot({
      uri: process.env["AMQP_URL"] ?? "amqp://127.0.0.1",
      prefetchCount: 50,
      exchanges: [{ name: "shop", type: "topic" }],
      queues: [
        { name: "billing.failed" },
        {
          name: "billing.wait",
          options: { messageTtl: 1000, deadLetterExchange: "", deadLetterRoutingKey: "billing" },
        },
      ],
    }),
  ],
  providers: [Billing],
})
class AppModule {}

const app = await NestFactory.createApplicationContext(AppModule, { logger: ["error"] });
app.enableShutdownHooks();
console.log("ready");
