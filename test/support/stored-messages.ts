// Messages as the embedded broker holds them, made without a connection.

import { contentOf } from "../../src/amqp-broker/content-of.ts";
import { Message, type MessageFields, QueuedMessage } from "../../src/amqp-broker/message.ts";
import { longString } from "../../src/amqp-wire/field-table.ts";
import type { BasicProperties } from "../../src/amqp-wire/properties.ts";

export interface StoredMessageFields extends Partial<Omit<MessageFields, "content">> {
  readonly body?: string;
  readonly properties?: BasicProperties;
  /** Strings; they are added to those in `properties`. */
  readonly headers?: Readonly<Record<string, string>>;
}

export function storedMessage({
  body = "body",
  properties = {},
  headers,
  ...fields
}: StoredMessageFields = {}): Message {
  const texts = Object.entries(headers ?? {}).map(([name, text]) => [name, longString(text)] as const);
  const all = headers ? { ...properties, headers: new Map([...(properties.headers ?? []), ...texts]) } : properties;
  return new Message({
    exchange: "",
    routingKey: "key",
    content: contentOf(all, Buffer.from(body)),
    ...fields,
  });
}

export function queuedMessage(position: number, fields: StoredMessageFields = {}, expiresAt = 0): QueuedMessage {
  return new QueuedMessage(storedMessage({ body: `${position}`, ...fields }), position, expiresAt);
}

/** The body as text. */
export function bodyOf({ content }: Message): string {
  return content.body.toString();
}
