/**
 * Names and attributes of spans, by the semantic conventions for messaging and for RabbitMQ, version 1.44
 * (https://opentelemetry.io/docs/specs/semconv/messaging/). They are in development, so their names are written here instead of
 * imported from a package that may rename them.
 */
import type { Attributes } from "@opentelemetry/api";
import { classNameOf, memberOf, textMemberOf } from "../errors.ts";
import { errorFields } from "../log/error-fields.ts";
import type { ObservedDelivery, ObservedMessage, ObservedSending, ObservedServer } from "../service/observed-work.ts";

/** What an exchange without a name is called. */
const defaultExchange = "amq.default";

/** `publish order.{id}.paid`, or `publish amq.topic` without a contract: never a key, which may have ids in it. */
export function nameOfSending({ kind, template, exchange }: ObservedSending): string {
  return `${kind} ${template ?? (exchange || defaultExchange)}`;
}

export function nameOfProcess(queueName: string): string {
  return `process ${queueName}`;
}

/** What is known before the message is built: samplers see these. */
export function attributesOfSending({ kind, exchange, routingKey, template, server }: ObservedSending): Attributes {
  return {
    ...common(kind, "send", server),
    ...destination([exchange, routingKey], template),
    "messaging.rabbitmq.destination.routing_key": routingKey,
  };
}

export function attributesOfBuilt(message: ObservedMessage): Attributes {
  const { exchange, routingKey } = message;
  return {
    ...destination([exchange, routingKey], undefined),
    "messaging.rabbitmq.destination.routing_key": routingKey,
    ...ofMessage(message),
  };
}

export function attributesOfDelivery(delivery: ObservedDelivery): Attributes {
  const { origin, queueName, template, server, attempt, redelivered, isReplay } = delivery;
  const { exchange, routingKey } = origin;
  return {
    ...common("process", "process", server),
    ...destination([exchange, routingKey, queueName], template),
    "messaging.rabbitmq.destination.routing_key": routingKey,
    ...ofMessage(delivery),
    "tomodachi.handler": delivery.handler,
    "tomodachi.attempt": attempt,
    ...(redelivered && { "tomodachi.redelivered": true }),
    ...(isReplay && { "tomodachi.replay": true }),
  };
}

export function attributesOfBatch(queueName: string, handler: string, count: number): Attributes {
  return {
    ...common("process", "process", undefined),
    ...destination([queueName], undefined),
    "messaging.batch.message_count": count,
    "tomodachi.handler": handler,
  };
}

/** By code if it is one of ours or of Node's, otherwise by class: few values, as metrics need. */
export function errorTypeOf(error: unknown): string {
  const code = textMemberOf(error, "code");
  return code !== undefined && /^E[A-Z0-9_]{1,60}$/.test(code) ? code : classNameOf(error).slice(0, 200);
}

/** Attributes of the event `exception`: without passwords of URLs, and never too long. */
export function attributesOfException(error: unknown): Attributes {
  const fields = errorFields(error);
  const text = (name: string): string | undefined => textMemberOf(fields, name);
  const message = text("message") ?? String(memberOf(fields, "message") ?? fields);
  const stack = text("stack");
  return {
    "exception.type": text("type") ?? classNameOf(error),
    "exception.message": message,
    ...(stack !== undefined && { "exception.stacktrace": stack }),
  };
}

function common(name: string, type: "send" | "process", server: ObservedServer | undefined): Attributes {
  return {
    "messaging.system": "rabbitmq",
    "messaging.operation.name": name,
    "messaging.operation.type": type,
    ...(server && { "server.address": server.address, "server.port": server.port }),
  };
}

/** Its parts with colons between them; what is empty, or repeats the part before it, is left out. */
function destination(parts: readonly string[], template: string | undefined): Attributes {
  const said = parts.filter((part, at) => part !== "" && part !== parts[at - 1]);
  return {
    "messaging.destination.name": said.length > 0 ? said.join(":") : defaultExchange,
    ...(template !== undefined && { "messaging.destination.template": template }),
  };
}

function ofMessage({ messageId, correlationId, bytes }: ObservedMessage): Attributes {
  return {
    "messaging.message.body.size": bytes,
    ...(messageId !== undefined && { "messaging.message.id": messageId }),
    ...(correlationId !== undefined && { "messaging.message.conversation_id": correlationId }),
  };
}
