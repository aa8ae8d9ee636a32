/**
 * The values of encoded parameters, `{email:encoded}`, as one word of a routing key: percent-encoding (RFC 3986, 2.1) of the
 * characters that a word cannot have, so that any language decodes them with its own function.
 */
import { decodeRoutingKey } from "../names/routing-key.ts";

/** A dot ends a word; `*` and `#` alone mean any word; `%` begins an encoded character. */
const reserved = /[.*#%]/g;

export function encodeParam(value: string): string {
  const word = value.replace(reserved, percent);
  // Text that looks like an encoded character of the whole key would be decoded to another string.
  return decodeRoutingKey(word) === word ? word : word.replaceAll("_", percent);
}

/** Undefined when the word is not percent-encoded. */
export function decodeParam(word: string): string | undefined {
  if (!word.includes("%")) return word;
  try {
    return decodeURIComponent(word);
  } catch {
    return undefined;
  }
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
