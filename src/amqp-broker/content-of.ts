/** Makes a content with other properties than it came with. */
import { Content, contentHeaderPrefix } from "../amqp-wire/content.ts";
import { type BasicProperties, encodeProperties } from "../amqp-wire/properties.ts";

const basicClass = 60;

export function contentOf(properties: BasicProperties, body: Buffer): Content {
  const prefix = Buffer.alloc(contentHeaderPrefix);
  prefix.writeUInt16BE(basicClass, 0);
  prefix.writeBigUInt64BE(BigInt(body.length), 4);
  const list = encodeProperties(properties);
  return new Content(Buffer.concat([prefix, list, body]), contentHeaderPrefix + list.length);
}
