/** Data to message: the envelope builds the payload, the options its properties. */
import { randomUUID } from "node:crypto";
import { AmqpError, AmqpPublishError } from "../../../amqp-client/errors.ts";
import type { OutgoingMessage, PublishProperties } from "../../../amqp-client/outgoing-message.ts";
import type { BuiltMessage, BuiltPayload, Envelope } from "../../../service/envelope.ts";
import { ConfigurationError } from "../../../service/errors.ts";
import type { ServiceInstance } from "../../../service/instance.ts";
import { isStandardSchema, type StandardSchema } from "../../../service/standard-schema.ts";
import type { ServiceContext } from "../../../service/transport.ts";
import { validate } from "../../../service/validate.ts";
import { unknownField } from "../../../util/check-fields.ts";
import { type Duration, parseDuration } from "../../../util/duration.ts";
import { isPromise } from "../../../util/is-promise.ts";
import { within } from "../../../util/within.ts";
import { schemaCheck } from "../contracts/schema-check.ts";
import { deathHeaderProblem } from "../names/death-header.ts";
import { encodeRoutingKey } from "../names/routing-key.ts";
import type { DeclareMode } from "../options/declare-option.ts";
import { checkGivenEnvelope } from "../options/given-envelope.ts";
import type { ResolvedAmqpOptions } from "../options/options.ts";
import { refuseWrongValues } from "./publish-option-checks.ts";

/** Options of one publish, beside those of the envelope. */
export interface PublishOptions {
  /** The key without the prefix. */
  readonly routingKey: string;
  /** @default the service's `options.amqp.exchangeName` */
  readonly exchangeName?: string | undefined;
  /**
   * false: the exchange is not looked for before the first publish to it. A publish declares nothing, so true and "verify" mean the
   * same here: one look.
   * @default the service's `options.amqp.declare` for exchanges
   */
  readonly declare?: DeclareMode | undefined;
  /**
   * false: resolve at once, or as soon as there is room among 1000 such messages or 16 MiB without an answer; a failure is
   * logged, and the stop of the service still waits for the confirm.
   * @default true
   */
  readonly wait?: boolean | undefined;
  /** null sends the data as it is. @default the service's */
  readonly messageEnvelope?: Envelope | null | undefined;
  /** Replaces the service's prefix; null or "" for none. @default the service's */
  readonly routingKeyPrefix?: string | null | undefined;
  /** Checks the data before it is sent. What is sent is the data as given: those who handle it transform it. @default none */
  readonly schema?: StandardSchema | undefined;
  readonly headers?: Readonly<Record<string, unknown>> | undefined;
  /** Reject when the message reaches no queue, instead of warning once per key. @default false */
  readonly mandatory?: boolean | undefined;
  /** 0 to 255, for queues that have priorities. */
  readonly priority?: number | undefined;
  /** After this time a message that nobody has taken leaves its queue: for `<queue>.dlq`, where the queue has one. @default never */
  readonly expiration?: Duration | undefined;
  readonly correlationId?: string | undefined;
  readonly replyTo?: string | undefined;
  /** @default the envelope's id, else a new one */
  readonly messageId?: string | undefined;
  /** AMQP's `type` property. */
  readonly type?: string | undefined;
  readonly contentType?: string | undefined;
}

/** The names of those options. */
export const publishOptionNames: ReadonlySet<string> = new Set([
  "routingKey",
  "exchangeName",
  "declare",
  "wait",
  "messageEnvelope",
  "routingKeyPrefix",
  "schema",
  "headers",
  "mandatory",
  "priority",
  "expiration",
  "correlationId",
  "replyTo",
  "messageId",
  "type",
  "contentType",
]);

/**
 * Builds what goes out; throws, or rejects, before anything is sent. An async envelope or schema has `publishTimeoutSeconds`.
 */
export function buildOutgoing(
  context: Pick<ServiceContext, "service" | "messageEnvelope" | "clock">,
  resolved: ResolvedAmqpOptions,
  data: unknown,
  options: PublishOptions,
): OutgoingMessage | Promise<OutgoingMessage> {
  const building = buildUnlimited(context, resolved, data, options);
  if (!isPromise(building)) return building;
  const { publishTimeoutSeconds: limit } = resolved.publishing;
  return within(building, limit * 1000, context.clock, () => {
    const text = `A message for the routing key "${options.routingKey}" was not built within publishTimeoutSeconds (${limit}), so nothing was sent: its async envelope or schema gave no answer. Keep what waits for something out of them.`;
    return new AmqpPublishError("ERR_AMQP_PUBLISH_TIMEOUT", text);
  });
}

/** The same for a caller that has a deadline of its own: an async envelope or schema may take as long as it likes. */
export function buildUnlimited(
  { service, messageEnvelope }: Pick<ServiceContext, "service" | "messageEnvelope">,
  resolved: ResolvedAmqpOptions,
  data: unknown,
  options: PublishOptions,
): OutgoingMessage | Promise<OutgoingMessage> {
  const envelope = options.messageEnvelope === undefined ? messageEnvelope : options.messageEnvelope;
  checkPublishOptions(options, envelope);
  if (options.schema !== undefined) {
    const checked = validateOutgoing(options.schema, data, options.routingKey);
    if (isPromise(checked)) return checked.then(() => envelop(service, resolved, data, options, envelope));
  }
  return envelop(service, resolved, data, options, envelope);
}

function envelop(
  service: ServiceInstance,
  resolved: ResolvedAmqpOptions,
  data: unknown,
  options: PublishOptions,
  envelope: Envelope | null,
): OutgoingMessage | Promise<OutgoingMessage> {
  if (envelope === null) return outgoingOf(service, resolved, asPayload(data), options);
  const built = envelope.buildMessage(service, options.routingKey, data, options);
  if (isPromise(built)) return built.then((message) => outgoingOf(service, resolved, message, options));
  return outgoingOf(service, resolved, built, options);
}

function outgoingOf(
  service: ServiceInstance,
  resolved: ResolvedAmqpOptions,
  built: BuiltMessage,
  options: PublishOptions,
): OutgoingMessage {
  const whole: BuiltPayload = typeof built === "string" || built instanceof Uint8Array ? { payload: built } : built;
  const payload: unknown = whole?.payload;
  const prefix = options.routingKeyPrefix === undefined ? resolved.naming.routingKeyPrefix : options.routingKeyPrefix;
  const isText = typeof payload === "string";
  if (!isText && !(payload instanceof Uint8Array)) {
    throw new AmqpError(
      "ERR_AMQP_ENVELOPE_RESULT",
      `The envelope's buildMessage must return text, bytes or { payload, messageUuid?, contentType?, timestamp?, headers? }; for the routing key ${JSON.stringify(options.routingKey)} it returned ${resultKind(built, payload)}. Nothing was sent.`,
    );
  }
  const properties: PublishProperties = {
    persistent: true,
    contentType: options.contentType ?? whole.contentType ?? (isText ? "text/plain" : "application/octet-stream"),
    messageId: options.messageId ?? whole.messageUuid ?? randomUUID(),
    timestamp: Math.floor(whole.timestamp ?? Date.now() / 1000),
    appId: service.name,
  };
  // Left out where there are none: an empty table would go out with every message.
  const { headers } = whole;
  if (headers !== undefined) properties.headers = options.headers ? { ...headers, ...options.headers } : headers;
  else if (options.headers !== undefined) properties.headers = options.headers;
  const problem = deathHeaderProblem(properties.headers);
  if (problem !== undefined) {
    throw new AmqpPublishError(
      "ERR_AMQP_PUBLISH_INVALID",
      `The message for the routing key "${options.routingKey}" was not sent: its header ${problem}. Leave the header out: it is the broker's own, and a malformed one crashes RabbitMQ before 3.13.`,
    );
  }
  if (options.priority !== undefined) properties.priority = options.priority;
  if (options.expiration !== undefined) properties.expiration = String(parseDuration(options.expiration));
  if (options.correlationId !== undefined) properties.correlationId = options.correlationId;
  if (options.replyTo !== undefined) properties.replyTo = options.replyTo;
  if (options.type !== undefined) properties.type = options.type;
  return {
    exchange: options.exchangeName ?? resolved.naming.exchangeName,
    routingKey: encodeRoutingKey(options.routingKey, prefix),
    content: isText ? Buffer.from(payload) : asBuffer(payload),
    properties,
    // Always asked for, so that a message that reached nobody is known; the option says what follows from it.
    mandatory: true,
  };
}

function resultKind(built: unknown, payload: unknown): string {
  if (built === null || built === undefined) return String(built);
  if (typeof built !== "object") return `a value of the type ${typeof built}`;
  return payload === undefined ? "an object without payload" : `a payload of the type ${typeof payload}`;
}

function checkPublishOptions(options: PublishOptions, envelope: Envelope | null): void {
  if (typeof options?.routingKey !== "string") {
    throw new ConfigurationError(
      `amqpPublish() needs a routingKey that is a text, as in amqpPublish(this, data, { routingKey: "order.paid" }); it got ${String(options?.routingKey)}.`,
    );
  }
  if (options.messageEnvelope !== undefined) checkGivenEnvelope("amqpPublish()", options.messageEnvelope);
  refuseUnknownOptions("amqpPublish()", options, envelope, publishOptionNames);
  refuseWrongValues(options as unknown as Readonly<Record<string, unknown>>);
}

/** @throws ERR_CONFIGURATION for a name that is not known here and that the envelope cannot know */
export function refuseUnknownOptions(
  label: string,
  options: object,
  envelope: Envelope | null,
  known: ReadonlySet<string>,
): void {
  // An envelope that takes options may know any name; one that takes none, knows none.
  if (envelope !== null && envelope.buildMessage.length >= 4) return;
  for (const name in options) {
    if (!known.has(name)) throw new ConfigurationError(unknownField(label, name, [...known]));
  }
}

/** The output is left alone: it is made where the message is handled. */
function validateOutgoing(schema: unknown, data: unknown, routingKey: string): unknown {
  if (isStandardSchema(schema)) return validate(schema, data, `The data to publish by ${JSON.stringify(routingKey)}`);
  throw new ConfigurationError(`The option schema of amqpPublish() must be ${schemaCheck.expected}.`);
}

function asPayload(data: unknown): string | Uint8Array {
  if (typeof data === "string" || data instanceof Uint8Array) return data;
  throw new AmqpError(
    "ERR_AMQP_PAYLOAD",
    `Without an envelope only text or bytes can be published, not ${data === null ? "null" : typeof data}. Give the service a messageEnvelope such as JsonBase, or turn the data into text.`,
  );
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
