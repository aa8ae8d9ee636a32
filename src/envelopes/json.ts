/** Json: plain JSON, as most systems send it. The whole body is the data. */
import { isAscii } from "node:buffer";
import type { BuiltPayload, Envelope, MessageSource, ParsedMessage } from "../service/envelope.ts";
import { checkDataLimits, checkPayloadSize, type PayloadLimitOptions, type ValueLimitOptions } from "./data-limit.ts";
import { EnvelopeError, excerpt, unreadable } from "./errors.ts";
import { strictJson, utf8Text } from "./json-payload.ts";
import { readJson } from "./json-reading.ts";

/** Options that a decorator accepts with `messageEnvelope: Json`. */
export interface JsonOptions extends PayloadLimitOptions, ValueLimitOptions {}

/**
 * Plain JSON without an envelope around it. The published data is the whole body, and a handler gets the whole body, even if it has a
 * member `data`. Integers above 2^53 arrive as `bigint`. The id of a message is in the AMQP properties, so duplicates are recognised only
 * with `deduplicate: "messageId"`.
 *
 * @example
 * ```ts
 * @amqp("order.paid", { messageEnvelope: Json, schema: OrderPaid })
 * async onPaid(order: OrderPaid) {}
 * ```
 */
export const Json: Envelope<unknown, JsonOptions> = {
  optionNames: ["maxPayloadBytes", "maxValues"],

  validate: checkDataLimits,

  buildMessage(_service: object, _topic: string, data: unknown): BuiltPayload {
    return { payload: strictJson(data, "A message's data"), contentType: "application/json" };
  },

  parseMessage(payload: Buffer, options: JsonOptions, source?: MessageSource): ParsedMessage<unknown> {
    checkPayloadSize(payload, options);
    try {
      checkCharset(payload, source?.properties.contentType);
      const message = readJson(utf8Text(withoutByteOrderMark(payload), "The body"), "The body", options.maxValues);
      return { message, data: message };
    } catch (error) {
      throw error instanceof EnvelopeError ? withSource(error, source) : error;
    }
  },
};

const CHARSET = /;\s*charset\s*=\s*"?([^\s";]+)/i;

/** JSON is UTF-8 (RFC 8259, 8.1). A body with another charset is read only if its bytes are the same in UTF-8. */
function checkCharset(payload: Buffer, contentType: string | undefined): void {
  const charset = contentType === undefined ? undefined : CHARSET.exec(contentType)?.[1];
  if (charset === undefined || /^utf-?8$/i.test(charset) || isAscii(payload)) return;
  throw unreadable(`The body has the character set ${excerpt(charset)}, but JSON must be UTF-8.`);
}

/** Some programs write the bytes EF BB BF first; a reader may ignore them (RFC 8259, 8.1). */
function withoutByteOrderMark(payload: Buffer): Buffer {
  const isMarked = payload[0] === 0xef && payload[1] === 0xbb && payload[2] === 0xbf;
  return isMarked ? payload.subarray(3) : payload;
}

/** The same error with what the properties say about the body: they often show why it is not JSON. */
function withSource(error: EnvelopeError, source: MessageSource | undefined): EnvelopeError {
  const { contentType, contentEncoding } = source?.properties ?? {};
  const said: string[] = [];
  if (contentType !== undefined) said.push(`content type ${excerpt(contentType)}`);
  if (contentEncoding !== undefined) said.push(`content encoding ${excerpt(contentEncoding)}`);
  if (said.length === 0) return error;
  return unreadable(`${error.message} (The message has the ${said.join(" and the ")}.)`, error.cause);
}
