// The core contract by amqplib.
import { type ConfirmChannel, connect, type GetMessage, type Message, type MessageProperties } from "amqplib";
import { publish as publishConfirmed } from "../case-tools.ts";
import { replyText } from "../foreign-client.ts";
import type { ConnectCore, CoreDelivery, CoreProperties, CoreReturn } from "./core-client.ts";

export const connectAmqplib: ConnectCore = async (url) => {
  const connection = await connect(url, { noDelay: true });
  connection.on("error", () => {});
  const returned: CoreReturn[] = [];
  const refused: { words?: Error; seen?: () => void } = {};
  let channel = await openChannel();

  async function openChannel(): Promise<ConfirmChannel> {
    const opened = await connection.createConfirmChannel();
    opened.on("error", (error: Error) => {
      refused.words = error;
      refused.seen?.();
    });
    opened.on("return", ({ fields, properties, content }) => {
      const { replyCode, replyText: words, exchange, routingKey } = fields as unknown as CoreReturn;
      const own = propertiesOf(properties);
      returned.push({ replyCode, replyText: words, exchange, routingKey, properties: own, body: content });
    });
    return opened;
  }

  return {
    returned,
    async declareQueue(queue, options = {}) {
      const { messageCount, consumerCount } = await channel.assertQueue(queue, { durable: true, ...options });
      return { messages: messageCount, consumers: consumerCount };
    },
    async checkQueue(queue) {
      const { messageCount, consumerCount } = await channel.checkQueue(queue);
      return { messages: messageCount, consumers: consumerCount };
    },
    deleteQueue: async (queue) => (await channel.deleteQueue(queue)).messageCount,
    declareExchange: async (exchange, type) => void (await channel.assertExchange(exchange, type, { durable: true })),
    bind: async (queue, exchange, routingKey) => void (await channel.bindQueue(queue, exchange, routingKey)),
    unbind: async (queue, exchange, routingKey) => void (await channel.unbindQueue(queue, exchange, routingKey)),
    prefetch: async (count) => void (await channel.prefetch(count)),
    publish: ({ exchange = "", routingKey, body = Buffer.alloc(0), mandatory = false, properties = {} }) =>
      publishConfirmed(channel, exchange, routingKey, body, { ...properties, mandatory }),
    async consume(queue, onDelivery) {
      const deliver = (message: Message | null): void => {
        if (message) onDelivery(deliveryOf(message));
      };
      return (await channel.consume(queue, deliver)).consumerTag;
    },
    cancel: async (consumerTag) => void (await channel.cancel(consumerTag)),
    async get(queue) {
      const message = await channel.get(queue);
      return message === false ? undefined : deliveryOf(message);
    },
    ack: ({ deliveryTag }, multiple = false) => channel.ack(settled(deliveryTag), multiple),
    nack: ({ deliveryTag }, requeue) => channel.nack(settled(deliveryTag), false, requeue),
    async refusal(act) {
      const seen = new Promise<void>((resolve) => (refused.seen = resolve));
      await Promise.allSettled([act()]);
      await seen;
      channel = await openChannel();
      return (refused.words && replyText(refused.words)) ?? "";
    },
    close: () => connection.close(),
  };
};

/** All that amqplib reads of a message when it settles it. */
function settled(deliveryTag: number): Message {
  return { fields: { deliveryTag } } as Message;
}

function deliveryOf({ fields, properties, content }: Message | GetMessage): CoreDelivery {
  const { deliveryTag, redelivered, exchange, routingKey } = fields;
  const delivery = { deliveryTag, redelivered, exchange, routingKey };
  const count = "messageCount" in fields ? { messageCount: Number(fields.messageCount) } : {};
  return { ...delivery, ...count, properties: propertiesOf(properties), body: content };
}

function propertiesOf({ deliveryMode, clusterId, ...rest }: MessageProperties): CoreProperties {
  void clusterId;
  const present = Object.entries(rest).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(present), persistent: deliveryMode === 2 };
}
