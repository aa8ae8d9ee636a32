/** Reads the messages of a queue, and leaves them there. */
import { wait } from "../util/wait.ts";
import type { AmqpChannel } from "./channel.ts";
import type { AmqpConnection } from "./connection.ts";
import type { DeliveryProperties } from "./delivery.ts";
import { AmqpChannelError } from "./errors.ts";
import type { ReceivedMessage } from "./session/received-message.ts";

/** A message in a queue. */
export interface PeekedMessage {
  readonly content: Buffer;
  /** Where it was published to last. */
  readonly exchange: string;
  /** As on the wire. */
  readonly routingKey: string;
  readonly redelivered: boolean;
  readonly properties: DeliveryProperties;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** A quorum queue needs some time to requeue returned messages. */
const backAgain = { everyMs: 5, atMostMs: 1000 };

/**
 * The first messages of a queue in its order; undefined if the queue does not exist. They are taken and requeued: for a moment no
 * other consumer can get them, and they count as redelivered. Do not call this often. RabbitMQ 4 drops or dead-letters a message
 * that a quorum queue delivered more often than its `x-delivery-limit` (20 by default). If the queue has more than `limit`
 * messages, a quorum queue puts these messages behind those that were put back before.
 */
export async function peekQueue(
  connection: AmqpConnection,
  name: string,
  limit: number,
): Promise<readonly PeekedMessage[] | undefined> {
  try {
    return await connection.withOwnChannel(async (channel) => {
      const { messageCount } = await channel.checkQueue(name);
      const taken = await take(channel, name, Math.min(limit, messageCount));
      // One by one: a quorum queue sorts messages that are requeued together.
      for (const message of taken) channel.nack(message.deliveryTag);
      if (taken.length > 0) await untilBack(channel, name, taken.length);
      return taken.map(peeked);
    });
  } catch (error) {
    if (error instanceof AmqpChannelError && error.replyCode === 404) return undefined;
    throw error;
  }
}

async function take(channel: AmqpChannel, name: string, count: number): Promise<ReceivedMessage[]> {
  const taken: ReceivedMessage[] = [];
  while (taken.length < count) {
    const message = await channel.get(name);
    if (!message) break;
    taken.push(message);
  }
  return taken;
}

async function untilBack(channel: AmqpChannel, name: string, count: number): Promise<void> {
  for (let waited = 0; waited < backAgain.atMostMs; waited += backAgain.everyMs) {
    if ((await channel.checkQueue(name)).messageCount >= count) return;
    await wait(backAgain.everyMs);
  }
}

function peeked(message: ReceivedMessage): PeekedMessage {
  const { content, exchange, routingKey, redelivered } = message;
  const { readableProperties: properties, readableHeaders: headers } = message;
  return { content, exchange, routingKey, redelivered, properties, headers };
}
