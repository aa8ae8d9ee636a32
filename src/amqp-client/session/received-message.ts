/** A message as it arrived: bytes that are decoded on first use, so that an unreadable message affects no other. */
import type { Content } from "../../amqp-wire/content.ts";
import { messageOf } from "../../errors.ts";
import { AmqpMessageError } from "../errors.ts";
import { readHeaderEntries } from "./copy-properties.ts";
import { type DeliveryProperties, type ReadProperties, readProperties } from "./message-properties.ts";
import { readPlainTable, readPlainValue } from "./plain-table.ts";

const noHeaders: Readonly<Record<string, unknown>> = Object.freeze({});
const noProperties: DeliveryProperties = Object.freeze(readProperties(Buffer.alloc(2)).properties);

export class ReceivedMessage {
  readonly deliveryTag: number;
  readonly redelivered: boolean;
  readonly exchange: string;
  readonly routingKey: string;
  readonly #content: Content;
  #body: Buffer | undefined;
  #read: ReadProperties | undefined;
  #headers: Readonly<Record<string, unknown>> | undefined;
  #headersLeft: Readonly<Record<string, unknown>> | undefined;

  constructor(content: Content, deliveryTag: number, redelivered: boolean, exchange: string, routingKey: string) {
    this.#content = content;
    this.deliveryTag = deliveryTag;
    this.redelivered = redelivered;
    this.exchange = exchange;
    this.routingKey = routingKey;
  }

  /** The body. Small messages share memory of up to 8 KiB: copy what you keep. */
  get content(): Buffer {
    this.#body ??= this.#content.body;
    return this.#body;
  }

  /** Flags and property list, headers included, byte for byte. */
  get rawProperties(): Buffer {
    return this.#content.properties;
  }

  /** Throws ERR_AMQP_MESSAGE_UNREADABLE when the bytes are not properties. */
  get properties(): DeliveryProperties {
    return this.#properties().properties;
  }

  /** Throws ERR_AMQP_MESSAGE_UNREADABLE when the bytes are not a table, or nest deeper than 64 levels. */
  get headers(): Readonly<Record<string, unknown>> {
    if (this.#headers) return this.#headers;
    const { headers } = this.#properties();
    this.#headers = headers === undefined ? noHeaders : this.#attempt("headers", () => readPlainTable(headers));
    return this.#headers;
  }

  /** Why properties or headers cannot be read; undefined when they can. */
  get unreadable(): AmqpMessageError | undefined {
    try {
      void this.headers;
      return undefined;
    } catch (error) {
      return error as AmqpMessageError;
    }
  }

  /** The properties, or an empty object when they cannot be read. Never throws. */
  get readableProperties(): DeliveryProperties {
    try {
      return this.properties;
    } catch {
      return noProperties;
    }
  }

  /** The headers, without those that cannot be read. Never throws. */
  get readableHeaders(): Readonly<Record<string, unknown>> {
    try {
      return this.headers;
    } catch {
      this.#headersLeft ??= readableEntries(this.rawProperties);
      return this.#headersLeft;
    }
  }

  #properties(): ReadProperties {
    this.#read ??= this.#attempt("properties", () => readProperties(this.rawProperties));
    return this.#read;
  }

  #attempt<T>(what: string, read: () => T): T {
    try {
      return read();
    } catch (cause) {
      throw new AmqpMessageError(
        "ERR_AMQP_MESSAGE_UNREADABLE",
        `Cannot read the ${what} of a message from exchange "${this.exchange}" with routing key "${this.routingKey}": ${messageOf(cause)}. Look at the sender of the message.`,
        { cause },
      );
    }
  }
}

function readableEntries(properties: Buffer): Readonly<Record<string, unknown>> {
  const readable: [string, unknown][] = [];
  for (const { name, value } of readHeaderEntries(properties).entries) {
    try {
      readable.push([name, readPlainValue(value)]);
    } catch {
      // It stays in a copy, byte for byte.
    }
  }
  return Object.fromEntries(readable);
}
