/** The errors of a publish: what was tried, on what, and what to do. */
import type { Confirmation } from "./confirms.ts";
import { AmqpPublishError, type Reply, replyOf } from "./errors.ts";
import type { OutgoingMessage } from "./outgoing-message.ts";

/** RabbitMQ's own word for the exchange without a name, in replies and in permissions. */
const defaultExchange = "amq.default";

export function exchangeError({ message }: Pick<Confirmation, "message">, reply: Reply): AmqpPublishError {
  return missingExchange(message.exchange, reply);
}

export function missingExchange(name: string, reply: Reply, cause?: unknown): AmqpPublishError {
  const shown = name || defaultExchange;
  const missing = reply.replyCode === 404;
  return new AmqpPublishError(
    missing ? "ERR_AMQP_EXCHANGE_NOT_FOUND" : "ERR_AMQP_PUBLISH_REFUSED",
    `The exchange "${shown}" refused the publish: ${reply.replyText}. ${exchangeCure(shown, reply)}.`,
    { cause, ...reply },
  );
}

function exchangeCure(exchange: string, { replyCode, replyText }: Reply): string {
  if (replyCode === 404) return "Subscribe to it first (a subscription declares it), create it, or check exchangeName";
  if (replyText.includes("internal exchange"))
    return "It accepts messages only from other exchanges: publish to another exchange";
  return `Give the login write on "${exchange}" (rabbitmqctl set_permissions), or check exchangeName`;
}

/** The broker closed the channel or the connection for it. */
export function refusedError({ message }: Pick<Confirmation, "message">, reply: Reply): AmqpPublishError {
  return new AmqpPublishError(
    "ERR_AMQP_PUBLISH_REFUSED",
    `The broker closed the channel or the connection because of the publish to "${message.exchange}" (${message.routingKey}), which was sent alone: ${reply.replyText}. The message was not stored. Correct what the broker names.`,
    reply,
  );
}

export function unknownError({ message }: Confirmation, reason: string): AmqpPublishError {
  return new AmqpPublishError(
    "ERR_AMQP_PUBLISH_UNKNOWN",
    `It is unknown whether the publish to "${message.exchange}" (${message.routingKey}) arrived: ${reason} before the confirm. Publish it again if a duplicate does no harm, or set republishUnknown: true.`,
  );
}

export function timeoutError({ message, sends }: Confirmation, why: string, seconds: number): AmqpPublishError {
  const tries = sends === 0 ? "never sent" : sends === 1 ? "sent once" : `sent ${sends} times`;
  return new AmqpPublishError(
    "ERR_AMQP_PUBLISH_TIMEOUT",
    `The publish to "${message.exchange}" (${message.routingKey}) was not confirmed within publishTimeoutSeconds (${seconds}): ${why}; it was ${tries}.`,
  );
}

/** The message could not be written out, as `cause` says; an AmqpPublishError says it well enough itself. */
export function unwritableError({ message }: Confirmation, cause: unknown): AmqpPublishError {
  if (cause instanceof AmqpPublishError) return cause;
  return new AmqpPublishError(
    "ERR_AMQP_PUBLISH_INVALID",
    `The message to "${message.exchange}" (${message.routingKey}) cannot be written as AMQP: ${replyOf(cause).replyText}. Check headers and properties.`,
    { cause },
  );
}

export function tooLargeError({ exchange, routingKey, content }: OutgoingMessage, limit: number): AmqpPublishError {
  return new AmqpPublishError(
    "ERR_AMQP_MESSAGE_TOO_LARGE",
    `The message to "${exchange}" (${routingKey}) has ${content.length} bytes; maxMessageBytes allows ${limit}. Send a reference to the data, or raise the limit here and in the broker (max_message_size).`,
  );
}

export function closedError({ exchange, routingKey }: OutgoingMessage): AmqpPublishError {
  return new AmqpPublishError(
    "ERR_AMQP_CLOSED",
    `The publish to "${exchange}" (${routingKey}) has no answer: the service has stopped.`,
  );
}
