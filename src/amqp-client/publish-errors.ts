/** The errors of a publish: what was tried, on what, and the cure. */
import type { Confirmation } from "./confirms.ts";
import { AmqpPublishError } from "./errors.ts";

export interface Reply {
  readonly replyCode?: number;
  readonly replyText: string;
}

export function exchangeError({ message }: Confirmation, reply: Reply): AmqpPublishError {
  return missingExchange(message.exchange, reply);
}

export function missingExchange(name: string, reply: Reply, cause?: unknown): AmqpPublishError {
  const code = reply.replyCode === 404 ? "ERR_AMQP_EXCHANGE_NOT_FOUND" : "ERR_AMQP_PUBLISH_REFUSED";
  return new AmqpPublishError(
    code,
    `The exchange "${name}" took no publish: ${reply.replyText}. Subscribe to it first (a subscription declares it), create it, or check exchangeName and the permissions.`,
    { cause, ...reply },
  );
}

export function refusedError({ message }: Confirmation, reply: Reply): AmqpPublishError {
  return new AmqpPublishError(
    "ERR_AMQP_PUBLISH_REFUSED",
    `The broker refused the publish to "${message.exchange}" (${message.routingKey}): ${reply.replyText}.`,
    reply,
  );
}

export function unknownError({ message }: Confirmation, reason: string): AmqpPublishError {
  return new AmqpPublishError(
    "ERR_AMQP_PUBLISH_UNKNOWN",
    `Nobody knows whether the publish to "${message.exchange}" (${message.routingKey}) arrived: ${reason} before the confirm. Publish it again if a duplicate does no harm, or set republishUnknown: true.`,
  );
}
