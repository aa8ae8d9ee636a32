/** Asks a broker for something that it may refuse, and returns the refusal as an answer. */
import type { AmqpChannel } from "../amqp-client/channel.ts";
import type { AmqpConnection } from "../amqp-client/connection.ts";
import { AmqpChannelError } from "../amqp-client/errors.ts";

export type Answer<T> =
  | { readonly kind: "done"; readonly value: T }
  | { readonly kind: "refused"; readonly replyCode: number; readonly words: string };

/** Rejects if the connection is lost, or no answer comes. */
export async function ask<T>(
  connection: AmqpConnection,
  question: (channel: AmqpChannel) => Promise<T>,
): Promise<Answer<T>> {
  try {
    return { kind: "done", value: await connection.withOwnChannel(question) };
  } catch (error) {
    if (!(error instanceof AmqpChannelError) || error.replyCode === undefined) throw error;
    return { kind: "refused", replyCode: error.replyCode, words: error.replyText ?? error.message };
  }
}
