/** Consumes the replies to the requests of a channel: RabbitMQ's direct reply-to (https://www.rabbitmq.com/docs/direct-reply-to). */
import { randomUUID } from "node:crypto";
import type { AmqpChannel } from "./channel.ts";
import { closeChannel } from "./close-channel.ts";
import type { ReceivedMessage } from "./session/received-message.ts";

/** Where replies are sent to, and consumed from. */
export const replyQueue = "amq.rabbitmq.reply-to";

export async function consumeReplies(channel: AmqpChannel, replied: (reply: ReceivedMessage) => void): Promise<void> {
  const take = (reply: ReceivedMessage | null): void => {
    // The broker cancelled the consumer: nothing would ever come.
    if (reply === null) return void closeChannel(channel);
    replied(reply);
  };
  // RabbitMQ refuses this consumer without no-ack.
  await channel.consume(replyQueue, take, { consumerTag: randomUUID(), noAck: true });
}
