/** Reads a body with the envelope. Without an envelope the body must be text. */
import { isUtf8 } from "node:buffer";
import type { Delivery } from "../../../amqp-client/delivery.ts";
import { AmqpError } from "../../../amqp-client/errors.ts";
import type { Envelope, MessageSource, ParsedMessage } from "../../../service/envelope.ts";
import { isPromise } from "../../../util/is-promise.ts";
import type { ReadLimit } from "./read-limit.ts";

/** The content of a body that was read. */
export interface Incoming {
  readonly message: unknown;
  readonly data: unknown;
  readonly messageUuid: string | undefined;
}

/** Reads the deliveries of one subscription. Throws or rejects if a body cannot be read. */
export type DeliveryReader = (delivery: ReadableDelivery) => Incoming | Promise<Incoming>;

export type ReadableDelivery = Pick<Delivery, "content"> & Partial<Pick<Delivery, "unreadable">> & MessageSource;

/** An envelope and the other arguments of its `parseMessage`; null for plain text. */
export interface EnvelopeUse {
  readonly envelope: Envelope | null;
  readonly parserOptions: Readonly<Record<string, unknown>>;
}

/** Makes a function that reads bodies without changing the data. Without `limit` it has no time limit. */
export function createBodyReader({ envelope, parserOptions }: EnvelopeUse, limit?: ReadLimit): DeliveryReader {
  if (envelope === null) return readText;
  return (delivery) => {
    const parsed = envelope.parseMessage(delivery.content, parserOptions, delivery);
    if (!isPromise(parsed)) return incomingOf(parsed);
    return (limit ? limit.forBody(parsed) : parsed).then(incomingOf);
  };
}

function readText({ content }: Pick<Delivery, "content">): Incoming {
  if (!isUtf8(content)) {
    throw new AmqpError(
      "ERR_AMQP_BODY_NOT_TEXT",
      `The body (${content.length} bytes) is not UTF-8 text, and the subscription has no envelope. Use messageEnvelope: RawBytes to receive bytes.`,
    );
  }
  const message = content.toString("utf8");
  return { message, data: message, messageUuid: undefined };
}

function incomingOf(parsed: ParsedMessage): Incoming {
  const problem = resultProblem(parsed);
  if (problem !== undefined) {
    throw new AmqpError(
      "ERR_AMQP_ENVELOPE_RESULT",
      `The envelope's parseMessage must return an object { message, data?, messageUuid?, timestamp? }; ${problem}.`,
    );
  }
  const { message, data, messageUuid } = parsed;
  return {
    message,
    data: data === undefined ? dataIn(message) : data,
    messageUuid: messageUuid || undefined,
  };
}

/** What a handler receives if the envelope does not return `data`. */
function dataIn(message: unknown): unknown {
  const isWrapped = typeof message === "object" && message !== null && Object.hasOwn(message, "data");
  return isWrapped ? messageMember(message, "data") : message;
}

function resultProblem(parsed: ParsedMessage | null | undefined): string | undefined {
  if (typeof parsed !== "object" || parsed === null) {
    return `it returned ${parsed === null ? "null" : `a value of the type ${typeof parsed}`}`;
  }
  if (!("message" in parsed)) return "what it returned has no message";
  const messageUuid: unknown = parsed.messageUuid ?? undefined;
  if (messageUuid === undefined || typeof messageUuid === "string") return undefined;
  return `its messageUuid must be a string, but is a ${typeof messageUuid}`;
}

/** A member of a parsed message, if the message is an object with this member. */
export function messageMember(message: unknown, name: string): unknown {
  return typeof message === "object" && message !== null && Object.hasOwn(message, name)
    ? (message as Record<string, unknown>)[name]
    : undefined;
}
