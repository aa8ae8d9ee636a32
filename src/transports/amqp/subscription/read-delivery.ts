/** Delivery to data: the envelope reads the body; without one the body must be text. */
import { isUtf8 } from "node:buffer";
import type { Delivery } from "../../../amqp-client/delivery.ts";
import type { MessageSource, ParsedMessage } from "../../../service/envelope.ts";
import type { Clock } from "../../../util/clock.ts";
import { isPromise } from "../../../util/is-promise.ts";
import { memberOf } from "../context.ts";
import { AmqpError } from "../errors.ts";
import type { SubscriptionPlan } from "../plan.ts";
import { createDataCheck, type DataCheck } from "./data-check.ts";
import { ReadLimit } from "./read-limit.ts";

/** A body that was read. */
export interface Incoming {
  readonly message: unknown;
  readonly data: unknown;
  readonly messageUuid: string | undefined;
}

/** Reads deliveries of one subscription; throws, or rejects, when a body cannot be read. */
export type DeliveryReader = (delivery: ReadableDelivery) => Incoming | Promise<Incoming>;

type ReadableDelivery = Pick<Delivery, "content"> & Partial<Pick<Delivery, "unreadable">> & MessageSource;

/** Decides once, at start, how the deliveries of a subscription are read. Reading that waits for something has a deadline. */
export function createDeliveryReader(plan: SubscriptionPlan, clock: Clock): DeliveryReader {
  const limit = new ReadLimit(plan, clock);
  const read = refuseUnreadable(createBodyReader(plan, limit));
  const check = createDataCheck(plan);
  return check ? createCheckedReader(read, check, limit) : read;
}

/** A message whose headers cannot be read is handled by nobody: who wrote it may have said there what it means. */
function refuseUnreadable(read: DeliveryReader): DeliveryReader {
  return (delivery) => {
    const { unreadable } = delivery;
    if (unreadable !== undefined) throw unreadable;
    return read(delivery);
  };
}

function createCheckedReader(read: DeliveryReader, check: DataCheck, limit: ReadLimit): DeliveryReader {
  const checked = (incoming: Incoming, { headers }: ReadableDelivery): Incoming | Promise<Incoming> => {
    const data = check(incoming.data, headers);
    if (!isPromise(data)) return withData(incoming, data);
    return limit.forData(data).then((output) => withData(incoming, output));
  };
  return (delivery) => {
    const incoming = read(delivery);
    return isPromise(incoming) ? incoming.then((one) => checked(one, delivery)) : checked(incoming, delivery);
  };
}

function withData({ message, messageUuid }: Incoming, data: unknown): Incoming {
  return { message, data, messageUuid };
}

/** Reads bodies, and leaves the data as it came; without a limit for as long as it takes. */
export function createBodyReader(
  { envelope, parserOptions }: Pick<SubscriptionPlan, "envelope" | "parserOptions">,
  limit?: ReadLimit,
): DeliveryReader {
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
      `The body (${content.length} bytes) is not UTF-8 text, and the subscription has no envelope. Use messageEnvelope: RawBytes to take bytes.`,
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

/** What handlers get when the envelope does not say it. */
function dataIn(message: unknown): unknown {
  const isWrapped = typeof message === "object" && message !== null && Object.hasOwn(message, "data");
  return isWrapped ? memberOf(message, "data") : message;
}

function resultProblem(parsed: ParsedMessage | null | undefined): string | undefined {
  if (typeof parsed !== "object" || parsed === null) {
    return `it returned ${parsed === null ? "null" : `a value of the type ${typeof parsed}`}`;
  }
  if (!("message" in parsed)) return "what it returned has no message";
  const messageUuid: unknown = parsed.messageUuid ?? undefined;
  if (messageUuid === undefined || typeof messageUuid === "string") return undefined;
  return `its messageUuid must be a text and is a ${typeof messageUuid}`;
}
