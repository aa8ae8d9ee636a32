/** A passing message in a form for people: its data by its envelope, and whether contracts accept it. */
import { isUtf8 } from "node:buffer";
import type { Delivery } from "../amqp-client/delivery.ts";
import { memberOf, messageOf } from "../errors.ts";
import type { Envelope } from "../service/envelope.ts";
import { createBodyReader } from "../transports/amqp/contracts/read-body.ts";
import { decodeRoutingKey } from "../transports/amqp/names/routing-key.ts";
import { createDataCheck } from "../transports/amqp/processing/data-check.ts";
import type { EnvelopeName } from "./envelope-name.ts";
import { isReachedBy } from "./is-reached-by.ts";
import { envelopeByName, nameOfEnvelope } from "./named-envelopes.ts";
import type { TailHandler } from "./tail-plan.ts";

export interface PassingMessage {
  readonly exchange: string;
  /** Without prefix, decoded. */
  readonly routingKey: string;
  /** How the data was read: the name of an envelope, `text`, or `bytes`. */
  readonly envelope: string;
  readonly data: unknown;
  /** The service that sent it, where the envelope says it. */
  readonly sender: string | undefined;
  readonly id: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly properties: Readonly<Record<string, unknown>>;
  /** Of the body. */
  readonly bytes: number;
  /** The handlers that get such a message, and why one of them would refuse it. */
  readonly handlers: readonly HandlerVerdict[];
}

export interface HandlerVerdict {
  readonly handler: string;
  readonly problem: string | undefined;
}

/** A delivery, or a test's replacement. */
export interface ReadableMessage
  extends Pick<Delivery, "content" | "exchange" | "routingKey" | "headers" | "unreadable"> {
  readonly properties: Partial<Delivery["properties"]>;
}

export interface ReadingWish {
  readonly handlers: readonly TailHandler[];
  readonly routingKeyPrefix: string;
  /** Undefined: that of the handlers, or else what the message looks like. */
  readonly envelope: EnvelopeName | undefined;
}

interface Read {
  readonly envelope: string;
  readonly message?: unknown;
  readonly data: unknown;
  readonly id?: string | undefined;
}

/** Never rejects: what cannot be read is shown as text or bytes. */
export async function readPassing(delivery: ReadableMessage, wish: ReadingWish): Promise<PassingMessage> {
  const { content, exchange, headers, properties } = delivery;
  const routingKey = decodeRoutingKey(delivery.routingKey, wish.routingKeyPrefix);
  const getting = wish.handlers.filter(
    ({ plan: { bindings } }) => bindings.exchangeName === exchange && isReachedBy(bindings, routingKey),
  );
  const verdicts: HandlerVerdict[] = [];
  let read: Read | undefined;
  for (const { name, plan } of getting) {
    const { envelope, parserOptions } = plan.reading;
    const result = await readAs(delivery, { name: nameOfEnvelope(envelope), envelope, parserOptions });
    const problem = "problem" in result ? result.problem : await refusal(plan, result.data, headers);
    verdicts.push({ handler: name, problem });
    if (!("problem" in result)) read ??= result;
  }
  if (wish.envelope !== undefined) {
    const asked = await readAs(delivery, byName(wish.envelope));
    read = "problem" in asked ? undefined : asked;
  }
  const shown = read ?? (await guess(delivery));
  const service = memberOf(memberOf(shown.message, "service"), "name");
  return {
    exchange,
    routingKey,
    envelope: shown.envelope,
    data: shown.data,
    sender: typeof service === "string" ? service : properties.appId,
    id: shown.id ?? properties.messageId,
    headers,
    properties: { ...properties },
    bytes: content.length,
    handlers: verdicts,
  };
}

async function refusal(
  plan: TailHandler["plan"],
  data: unknown,
  headers: Readonly<Record<string, unknown>>,
): Promise<string | undefined> {
  try {
    await createDataCheck(plan)?.(data, headers);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

interface NamedEnvelope {
  readonly name: string;
  readonly envelope: Envelope | null;
  readonly parserOptions: Readonly<Record<string, unknown>>;
}

function byName(name: EnvelopeName): NamedEnvelope {
  return { name, envelope: envelopeByName(name), parserOptions: {} };
}

async function readAs(delivery: ReadableMessage, use: NamedEnvelope): Promise<Read | { readonly problem: string }> {
  try {
    if (delivery.unreadable !== undefined) throw delivery.unreadable;
    const { message, data, messageUuid } = await createBodyReader(use)(delivery);
    return { envelope: use.envelope === null ? "text" : use.name, message, data, id: messageUuid };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}

/** By the form of the message: each envelope refuses messages of another form. */
async function guess(delivery: ReadableMessage): Promise<Read> {
  const { content, properties, headers } = delivery;
  const { contentType = "" } = properties;
  const isEvent = contentType.startsWith("application/cloudevents") || Object.keys(headers).some(isEventHeader);
  const tried: readonly EnvelopeName[] = isEvent ? ["cloudevents", "json-base", "json"] : ["json-base", "json"];
  if (isUtf8(content) && (isEvent || /^\s*[[{]/.test(content.toString("utf8", 0, 64)))) {
    for (const name of tried) {
      const read = await readAs(delivery, byName(name));
      if (!("problem" in read)) return read;
    }
  }
  return isUtf8(content)
    ? { envelope: "text", data: content.toString("utf8") }
    : { envelope: "bytes", data: Buffer.from(content) };
}

/** CloudEvents 1.0, AMQP binding: attributes of the binary form are headers with this prefix. */
function isEventHeader(name: string): boolean {
  return name.startsWith("cloudEvents:") || name.startsWith("cloudEvents_");
}
