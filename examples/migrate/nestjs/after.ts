// The same service with tomodachi, on the queue that NestJS declared.
import { randomUUID } from "node:crypto";
import {
  type AmqpContext,
  amqp,
  amqpPublish,
  amqpRequest,
  type BuiltPayload,
  type ParsedMessage,
  Reject,
  Service,
  type ServiceInstance,
} from "tomodachi";

interface NestMessage {
  readonly pattern: string;
  readonly data: unknown;
}

/** NestJS wraps what it sends: an event is { pattern, data }, a request also has an id, and a reply is { response }. */
export function nest(pattern?: string, kind: "event" | "request" = "event") {
  return {
    buildMessage(_service: ServiceInstance, _topic: string, data: unknown): BuiltPayload {
      const reply = { response: data, isDisposed: true };
      const sent = { pattern, data, ...(kind === "request" && { id: randomUUID() }) };
      return { payload: JSON.stringify(pattern === undefined ? reply : sent), contentType: "application/json" };
    },
    parseMessage(payload: Buffer): ParsedMessage<NestMessage> {
      const { response, ...message } = JSON.parse(payload.toString()) as NestMessage & { readonly response?: unknown };
      return { message: { ...message, data: message.data ?? response } };
    },
  };
}

// Where NestJS publishes to a queue by its name, through the default exchange
const toQueue = { exchangeName: "", routingKeyPrefix: null };

export class Billing extends Service {
  name = "billing";

  // Consume: one queue of NestJS contains messages of several patterns.
  @amqp("billing", {
    queueName: "billing",
    messageEnvelope: nest(),
    prefetch: 50,
    reply: true,
    retry: { delays: ["1s"], attempts: 3 },
    onError: "dead-letter",
  })
  async onMessage(data: never, { message }: AmqpContext<NestMessage>) {
    switch (message.pattern) {
      case "order.placed":
        return await this.onPlaced(data);
      case "price.get":
        return this.onPriceGet(data);
      default:
        throw new Reject(`there is no handler for the pattern ${message.pattern}`);
    }
  }

  async onPlaced(order: { readonly id: number; readonly article: string }) {
    const asking = { ...toQueue, messageEnvelope: nest("price.get", "request") };
    const { cents } = await amqpRequest<{ cents: number }>(this, "billing", { article: order.article }, asking);
    if (cents === 0) throw new Error(`${order.article} has no price`);

    // Publish with confirm
    const billed = { ...toQueue, routingKey: "billed", messageEnvelope: nest("order.billed") };
    await amqpPublish(this, { id: order.id, cents, by: "tomodachi" }, billed);
  }

  // Answer requests
  onPriceGet({ article }: { readonly article: string }) {
    return { cents: article === "gold" ? 0 : 250 };
  }
}
