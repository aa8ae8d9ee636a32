/** The errors of a request: what was asked, whether it was sent, and what to do. */
import { AmqpRequestError, replyOf } from "./errors.ts";
import type { OutgoingMessage } from "./outgoing-message.ts";

type Target = Pick<OutgoingMessage, "exchange" | "routingKey">;

function describe({ exchange, routingKey }: Target): string {
  return `The request to "${exchange}" (${routingKey})`;
}

export function requestTimeout(target: Target, seconds: number, state: string): AmqpRequestError {
  return new AmqpRequestError(
    "ERR_AMQP_REQUEST_TIMEOUT",
    `${describe(target)} had no reply within timeoutSeconds (${seconds}): ${state}. Look at the service that answers it, or wait longer.`,
  );
}

export function requestLost(target: Target, reason: string): AmqpRequestError {
  return new AmqpRequestError(
    "ERR_AMQP_REQUEST_LOST",
    `${describe(target)} was sent, but its reply is lost: ${reason} before the reply came. The request may have been handled. Send it again if that does no harm, or set idempotent: true.`,
  );
}

export function requestCancelled(target: Target, cause: unknown): AmqpRequestError {
  return new AmqpRequestError(
    "ERR_AMQP_REQUEST_CANCELLED",
    `${describe(target)} was cancelled: its signal aborted. If it was already sent, it may still be handled.`,
    { cause },
  );
}

export function requestUnroutable(target: Target): AmqpRequestError {
  return new AmqpRequestError(
    "ERR_AMQP_UNROUTABLE",
    `${describe(target)} reached no queue: no service answers it. Start a service that does, and check key, prefix and exchange.`,
  );
}

/** basic.nack came for it. */
export function requestRefused(target: Target): AmqpRequestError {
  return new AmqpRequestError(
    "ERR_AMQP_PUBLISH_REFUSED",
    `${describe(target)} was refused with basic.nack: a queue bound for it is full (reject-publish), or cannot store it now. Look at the queue, or send the request again later.`,
  );
}

/** The bytes could not be written out. */
export function requestInvalid(target: Target, cause: unknown): AmqpRequestError {
  return new AmqpRequestError(
    "ERR_AMQP_PUBLISH_INVALID",
    `${describe(target)} cannot be written as AMQP: ${replyOf(cause).replyText}. Check headers and properties.`,
    { cause },
  );
}

export function requestClosed(target: Target): AmqpRequestError {
  return new AmqpRequestError("ERR_AMQP_CLOSED", `${describe(target)} has no reply: the service has stopped.`);
}
