// The same service with tomodachi, on the queues that the other one declared.
import { amqp, amqpPublish, amqpRequest, defineOptions, Json, request, Service } from "tomodachi";
import { z } from "zod";

interface Order {
  readonly id: number;
  readonly article: string;
}

// Request and reply
const priceGet = request("price.get", {
  exchangeName: "shop",
  envelope: Json,
  schema: z.object({ article: z.string() }),
  reply: z.object({ cents: z.number() }),
});

export class Billing extends Service {
  name = "billing";
  override messageEnvelope = Json;

  // Retry and dead letter
  override options = defineOptions({
    amqp: {
      exchangeName: "shop",
      retry: { delays: ["1s"], attempts: 3 },
      // Rascal gives its reply queues names of its own.
      allowReplyTo: (replyTo) => /^(?:answers:|amq\.)/.test(replyTo),
    },
  });

  // Consume
  @amqp("order.placed", { queueName: "billing", prefetch: 50 })
  async onPlaced(order: Order) {
    const { cents } = await amqpRequest(this, priceGet, { article: order.article });
    if (cents === 0) throw new Error(`${order.article} has no price`);

    // Publish with confirm
    await amqpPublish(this, { id: order.id, cents, by: "tomodachi" }, { routingKey: "order.billed" });
  }

  // Answer requests
  @amqp(priceGet, { queueName: "prices" })
  async onPriceGet({ article }: { article: string }) {
    return { cents: article === "gold" ? 0 : 250 };
  }
}
