// A service with amqplib alone: it bills orders, and asks another queue for prices.
import { randomUUID } from "node:crypto";
import { type ConsumeMessage, connect } from "amqplib";

interface Order {
  readonly id: number;
  readonly article: string;
}

const connection = await connect(process.env["AMQP_URL"] ?? "amqp://127.0.0.1");
const channel = await connection.createConfirmChannel();

// Topology
await channel.assertExchange("shop", "topic", { durable: true });
await channel.assertQueue("billing", { durable: true });
await channel.bindQueue("billing", "shop", "order.placed");
await channel.assertQueue("billing.failed", { durable: true });
await channel.assertQueue("billing.wait", {
  durable: true,
  messageTtl: 1000,
  deadLetterExchange: "",
  deadLetterRoutingKey: "billing",
});
await channel.assertQueue("prices", { durable: true });

// Publish with confirm
function publish(routingKey: string, data: unknown): Promise<void> {
  const options = { persistent: true, contentType: "application/json", messageId: randomUUID() };
  return new Promise((resolve, reject) => {
    channel.publish("shop", routingKey, Buffer.from(JSON.stringify(data)), options, (error: Error | null) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

// Retry and dead letter
function again(message: ConsumeMessage, error: unknown): void {
  const { headers = {}, ...properties } = message.properties;
  const failures = Number(headers["x-failures"] ?? 0) + 1;
  const queue = failures < 3 ? "billing.wait" : "billing.failed";
  const options = {
    ...properties,
    persistent: true,
    headers: { ...headers, "x-failures": failures, "x-error": String(error) },
  };
  channel.sendToQueue(queue, message.content, options, (refused: Error | null) => {
    if (refused) channel.nack(message);
    else channel.ack(message);
  });
}

// Answer requests
await channel.consume("prices", (message) => {
  if (!message) return;
  const { article } = JSON.parse(message.content.toString()) as { article: string };
  const { replyTo, correlationId } = message.properties as { replyTo: string; correlationId: string };
  const answer = { cents: article === "gold" ? 0 : 250 };
  channel.sendToQueue(replyTo, Buffer.from(JSON.stringify(answer)), { correlationId });
  channel.ack(message);
});

// Ask
const waiting = new Map<string, (answer: unknown) => void>();
await channel.consume(
  "amq.rabbitmq.reply-to",
  (message) => {
    if (message) waiting.get(String(message.properties.correlationId))?.(JSON.parse(message.content.toString()));
  },
  { noAck: true },
);

function ask<T>(queue: string, data: unknown): Promise<T> {
  const correlationId = randomUUID();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      waiting.delete(correlationId);
      reject(new Error(`${queue} did not answer`));
    }, 10_000);
    waiting.set(correlationId, (answer) => {
      clearTimeout(timer);
      waiting.delete(correlationId);
      resolve(answer as T);
    });
    const options = { replyTo: "amq.rabbitmq.reply-to", correlationId, expiration: 10_000 };
    channel.sendToQueue(queue, Buffer.from(JSON.stringify(data)), options);
  });
}

// Consume
await channel.prefetch(50);
await channel.consume("billing", (message) => void bill(message));

async function bill(message: ConsumeMessage | null): Promise<void> {
  if (!message) throw new Error("the queue was deleted");
  try {
    const order = JSON.parse(message.content.toString()) as Order;
    const { cents } = await ask<{ cents: number }>("prices", { article: order.article });
    if (cents === 0) throw new Error(`${order.article} has no price`);
    await publish("order.billed", { id: order.id, cents, by: "amqplib" });
    channel.ack(message);
  } catch (error) {
    again(message, error);
  }
}

// Stop: what is in flight is delivered again to another instance.
process.once("SIGTERM", () => void connection.close());
console.log("ready");
