// A service with Rascal: it bills orders, and asks another queue for prices.
import { randomUUID } from "node:crypto";
import rascal from "rascal";

// Topology
const config = rascal.withDefaultConfig({
  vhosts: {
    [process.env.AMQP_VHOST ?? "/"]: {
      connection: { url: process.env.AMQP_URL ?? "amqp://127.0.0.1" },
      exchanges: { shop: { type: "topic" } },
      queues: {
        billing: { options: { deadLetterExchange: "", deadLetterRoutingKey: "billing.failed" } },
        "billing.failed": {},
        prices: {},
        answers: { replyTo: true, options: { exclusive: true, durable: false } },
      },
      bindings: ["shop[order.placed] -> billing", "shop[price.get] -> prices"],
      publications: {
        orderBilled: { exchange: "shop", routingKey: "order.billed" },
        priceGet: { exchange: "shop", routingKey: "price.get", replyTo: "answers" },
        answer: { exchange: "" },
      },
      subscriptions: {
        billing: { queue: "billing", prefetch: 50 },
        prices: { queue: "prices" },
        answers: { queue: "answers" },
      },
    },
  },
});
const broker = await rascal.BrokerAsPromised.create(config);
broker.on("error", console.error);

// Publish with confirm
async function publish(publication, data, overrides) {
  const sent = await broker.publish(publication, data, overrides);
  await new Promise((resolve, reject) => sent.on("success", resolve).on("error", reject).on("return", reject));
}

// Answer requests
const prices = await broker.subscribe("prices");
prices.on("error", console.error).on("message", async (message, { article }, ackOrNack) => {
  const { replyTo: routingKey, correlationId } = message.properties;
  const answer = { cents: article === "gold" ? 0 : 250 };
  await publish("answer", answer, { routingKey, options: { correlationId, mandatory: false } });
  ackOrNack();
});

// Ask
const waiting = new Map();
const answers = await broker.subscribe("answers");
answers.on("error", console.error).on("message", (message, answer, ackOrNack) => {
  waiting.get(message.properties.correlationId)?.(answer);
  ackOrNack();
});

async function ask(publication, data) {
  const correlationId = randomUUID();
  const answered = new Promise((resolve, reject) => {
    waiting.set(correlationId, resolve);
    setTimeout(() => reject(new Error(`${publication} was not answered`)), 10_000).unref();
  });
  try {
    await publish(publication, data, { options: { correlationId, expiration: 10_000 } });
    return await answered;
  } finally {
    waiting.delete(correlationId);
  }
}

// Retry and dead letter
const recovery = [{ strategy: "republish", defer: 1000, attempts: 2 }, { strategy: "nack" }];

// Consume
const orders = await broker.subscribe("billing");
orders.on("error", console.error).on("message", async (_message, order, ackOrNack) => {
  try {
    const { cents } = await ask("priceGet", { article: order.article });
    if (cents === 0) throw new Error(`${order.article} has no price`);
    await publish("orderBilled", { id: order.id, cents, by: "rascal" });
    ackOrNack();
  } catch (error) {
    ackOrNack(error, recovery);
  }
});

process.once("SIGTERM", () => broker.shutdown());
console.log("ready");
