/**
 * The values of encoded parameters, such as `{email:encoded}`, as one word of a routing key. Characters that a word cannot contain are
 * percent-encoded (RFC 3986, 2.1), so that every language can decode them with its own function.
 */
import { decodeRoutingKey } from "../names/routing-key.ts";

/** A dot ends a word, `*` and `#` as a whole word match any word, and `%` begins an encoded character. */
const reserved = /[.*#%]/g;

export function encodeParam(value: string): string {
  const word = value.replace(reserved, percent);
  // A word that looks like an encoded character of the whole key would be decoded to another string.
  return decodeRoutingKey(word) === word ? word : word.replaceAll("_", percent);
}

/** Undefined if the word is not percent-encoded. */
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
