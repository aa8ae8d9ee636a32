// The core contract by rabbitmq-client, a library with its own codec.
import { type AsyncMessage, type Channel, Connection, type ReturnedMessage, type SyncMessage } from "rabbitmq-client";
import type { ConnectCore, CoreDelivery, CoreProperties, CoreReturn } from "./core-client.ts";

export const connectRabbitMqClient: ConnectCore = async (url) => {
  const connection = new Connection({ url, noDelay: true, retryLow: 50 });
  connection.on("error", () => {});
  const returned: CoreReturn[] = [];
  const refused: { words?: Error; seen?: () => void } = {};
  let channel = await openChannel();

  function note(error: Error): void {
    refused.words = error;
    refused.seen?.();
  }

  async function openChannel(): Promise<Channel> {
    const opened = await connection.acquire({ emitErrorsFromChannel: true });
    await opened.confirmSelect();
    opened.on("error", note);
    opened.on("basic.return", (message) => {
      const { replyCode, replyText, exchange, routingKey } = message;
      const body = bodyOf(message);
      returned.push({ replyCode, replyText, exchange, routingKey, properties: propertiesOf(message), body });
    });
    return opened;
  }

  return {
    returned,
    async declareQueue(queue, options = {}) {
      const { messageCount, consumerCount } = await channel.queueDeclare({ queue, durable: true, ...options });
      return { messages: messageCount, consumers: consumerCount };
    },
    async checkQueue(queue) {
      const { messageCount, consumerCount } = await channel.queueDeclare({ queue, passive: true });
      return { messages: messageCount, consumers: consumerCount };
    },
    deleteQueue: async (queue) => (await channel.queueDelete({ queue })).messageCount,
    declareExchange: (exchange, type) => channel.exchangeDeclare({ exchange, type, durable: true }),
    bind: (queue, exchange, routingKey) => channel.queueBind({ queue, exchange, routingKey }),
    unbind: (queue, exchange, routingKey) => channel.queueUnbind({ queue, exchange, routingKey }),
    prefetch: (prefetchCount) => channel.basicQos({ prefetchCount }),
    publish({ exchange = "", routingKey, body = Buffer.alloc(0), mandatory = false, properties = {} }) {
      const { persistent = false, headers = {}, ...rest } = properties;
      return channel.basicPublish({ exchange, routingKey, mandatory, durable: persistent, headers, ...rest }, body);
    },
    async consume(queue, onDelivery) {
      const answer = await channel.basicConsume({ queue }, (message) => onDelivery(deliveryOf(message)));
      return answer.consumerTag;
    },
    cancel: async (consumerTag) => void (await channel.basicCancel(consumerTag)),
    async get(queue) {
      const message = await channel.basicGet({ queue });
      return message && deliveryOf(message);
    },
    ack: ({ deliveryTag }, multiple = false) => channel.basicAck({ deliveryTag, multiple }),
    nack: ({ deliveryTag }, requeue) => channel.basicNack({ deliveryTag, requeue }),
    async refusal(act) {
      const seen = new Promise<void>((resolve) => (refused.seen = resolve));
      // The error comes with the call it belongs to, or else as an event.
      await Promise.resolve(act()).catch(note);
      await seen;
      channel = await openChannel();
      return refused.words?.message.replace(/^\w+: /, "") ?? "";
    },
    async close() {
      await channel.close();
      await connection.close();
    },
  };
};

function deliveryOf(message: AsyncMessage | SyncMessage): CoreDelivery {
  const { deliveryTag, redelivered, exchange, routingKey } = message;
  const delivery = { deliveryTag, redelivered, exchange, routingKey };
  const count = "messageCount" in message ? { messageCount: message.messageCount } : {};
  return { ...delivery, ...count, properties: propertiesOf(message), body: bodyOf(message) };
}

/** This library reads text and JSON, where the content type says so. */
function bodyOf({ body }: { readonly body?: unknown }): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
}

function propertiesOf(message: AsyncMessage | SyncMessage | ReturnedMessage): CoreProperties {
  const { contentType, contentEncoding, headers, priority, correlationId, replyTo, expiration } = message;
  const { messageId, timestamp, type, userId, appId, durable } = message;
  const first = { contentType, contentEncoding, headers, priority, correlationId, replyTo, expiration };
  const all = { ...first, messageId, timestamp, type, userId, appId };
  const present = Object.entries(all).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(present), persistent: durable === true };
}
