/** Data to message: the envelope builds the payload, the options its properties. */
import { randomUUID } from "node:crypto";
import { AmqpError, AmqpPublishError } from "../../../amqp-client/errors.ts";
import type { OutgoingMessage, PublishProperties } from "../../../amqp-client/outgoing-message.ts";
import type { BuiltMessage, BuiltPayload, Envelope } from "../../../service/envelope.ts";
import type { ServiceContext } from "../../../service/transport.ts";
import { parseDuration } from "../../../util/duration.ts";
import { isPromise } from "../../../util/is-promise.ts";
import { within } from "../../../util/within.ts";
import { deathHeaderProblem } from "../names/death-header.ts";
import { encodeRoutingKey } from "../names/routing-key.ts";
import type { ResolvedAmqpOptions } from "../options/options.ts";
import { asPayload, checkOutgoingData } from "./outgoing-data.ts";
import { checkPublishOptions, type PublishOptions } from "./publish-options.ts";

type ServiceInstance = ServiceContext["service"];

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
    const text = `A message for the routing key "${options.routingKey}" was not built within publishTimeoutSeconds (${limit}), so nothing was sent: its async envelope or schema did not finish. Do not wait for other systems in them.`;
    return new AmqpPublishError("ERR_AMQP_PUBLISH_TIMEOUT", text);
  });
}

/** The same for a caller that has its own deadline: an async envelope or schema may take as long as it likes. */
export function buildUnlimited(
  { service, messageEnvelope }: Pick<ServiceContext, "service" | "messageEnvelope">,
  resolved: ResolvedAmqpOptions,
  data: unknown,
  options: PublishOptions,
): OutgoingMessage | Promise<OutgoingMessage> {
  const envelope = options.messageEnvelope === undefined ? messageEnvelope : options.messageEnvelope;
  checkPublishOptions(options, envelope);
  if (options.schema !== undefined) {
    const checked = checkOutgoingData(options.schema, data, options.routingKey);
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
      `The envelope's buildMessage must return a string, bytes or { payload, messageUuid?, contentType?, timestamp?, headers? }; for the routing key ${JSON.stringify(options.routingKey)} it returned ${resultKind(built, payload)}. Nothing was sent.`,
    );
  }
  const properties: PublishProperties = {
    persistent: true,
    contentType: options.contentType ?? whole.contentType ?? (isText ? "text/plain" : "application/octet-stream"),
    messageId: options.messageId ?? whole.messageUuid ?? randomUUID(),
    timestamp: Math.floor(whole.timestamp ?? Date.now() / 1000),
    appId: service.name,
  };
  // Omitted if there are no headers: an empty table would be sent with every message.
  const { headers } = whole;
  if (headers !== undefined) properties.headers = options.headers ? { ...headers, ...options.headers } : headers;
  else if (options.headers !== undefined) properties.headers = options.headers;
  const problem = deathHeaderProblem(properties.headers);
  if (problem !== undefined) {
    throw new AmqpPublishError(
      "ERR_AMQP_PUBLISH_INVALID",
      `The message for the routing key "${options.routingKey}" was not sent: its header ${problem}. Remove the header: only the broker writes it, and a malformed one crashes RabbitMQ before 3.13.`,
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
    // Always set, so that a message which reached no queue is known; the option decides what happens then.
    mandatory: true,
  };
}

function resultKind(built: unknown, payload: unknown): string {
  if (built === null || built === undefined) return String(built);
  if (typeof built !== "object") return `a value of the type ${typeof built}`;
  return payload === undefined ? "an object without payload" : `a payload of the type ${typeof payload}`;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
