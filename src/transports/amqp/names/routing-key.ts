/** Routing keys on the wire: with prefix, and with everything beyond printable ASCII encoded as in Python. */
import { isUtf8 } from "node:buffer";
import { AmqpError } from "../../../amqp-client/errors.ts";

/** AMQP's limit for a routing key, in bytes. */
const MAX_ROUTING_KEY_BYTES = 255;

const PRINTABLE = /^[\x20-\x7e]*$/;
const UNPRINTABLE = /[^\x20-\x7e]/gu;
const LONE_SURROGATE = /\p{Surrogate}/u;
const GROUP = /___((?:[0-9a-f]{2}){1,4})_/g;

/**
 * The key for a publish or a binding. Each character beyond printable ASCII becomes `___`, the hex of its UTF-8 bytes, and `_`. A key that
 * already looks encoded is sent unchanged, so it is decoded to something else.
 */
export function encodeRoutingKey(key: string, prefix: string | null | undefined = ""): string {
  const whole = (prefix ?? "") + key;
  const encoded = PRINTABLE.test(whole) ? whole : encode(whole);
  if (encoded.length <= MAX_ROUTING_KEY_BYTES) return encoded;
  throw new AmqpError(
    "ERR_AMQP_ROUTING_KEY_TOO_LONG",
    `The routing key ${JSON.stringify(whole)} has ${encoded.length} bytes on the wire, but AMQP allows at most ` +
      `${MAX_ROUTING_KEY_BYTES}. Shorten it${prefix ? " or the prefix" : ""}.`,
  );
}

/** The key that was passed to the publish. Never fails: invalid UTF-8 groups and other prefixes stay as they are. */
export function decodeRoutingKey(encoded: string, prefix: string | null | undefined = ""): string {
  const start = prefix ? encode(prefix) : "";
  const key = encoded.startsWith(start) ? encoded.slice(start.length) : encoded;
  return key.includes("___") ? key.replace(GROUP, decodeGroup) : key;
}

function encode(text: string): string {
  if (LONE_SURROGATE.test(text)) {
    const shown = JSON.stringify(text);
    throw new AmqpError(
      "ERR_AMQP_ROUTING_KEY_INVALID",
      `The routing key ${shown} contains half a character (a lone surrogate).`,
    );
  }
  return text.replace(UNPRINTABLE, (character) => `___${Buffer.from(character).toString("hex")}_`);
}

function decodeGroup(group: string, hex: string): string {
  const bytes = Buffer.from(hex, "hex");
  return isUtf8(bytes) ? bytes.toString("utf8") : group;
}
