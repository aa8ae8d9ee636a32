/** The encoding `base64_gzip_json`: base64 of a zlib stream (not gzip) of UTF-8 JSON in Python's form. */
import { isUtf8 } from "node:buffer";
import { deflateSync, inflateSync } from "node:zlib";
import { hasCode } from "../errors.ts";
import { excerpt, unreadable } from "./errors.ts";
import { pythonJsonOfLength } from "./python-json.ts";

/** Data is compressed from this many characters on, counted in Python's form of it. */
export const COMPRESSION_THRESHOLD = 60_000;

/** How large data may become when decompressed: 64 MiB. A few kilobytes can claim to be gigabytes. */
export const DEFAULT_MAX_DATA_BYTES: number = 64 * 1024 * 1024;

/** The compressed form of compact JSON, or undefined when it is short enough to be sent as it is. */
export function compressLarge(json: string): string | undefined {
  const dump = pythonJsonOfLength(json, COMPRESSION_THRESHOLD);
  return dump === undefined ? undefined : deflateSync(dump).toString("base64");
}

/** The JSON text inside; throws when the text is anything else, or larger than the limit. */
export function decompress(text: string, maxBytes: number = DEFAULT_MAX_DATA_BYTES): string {
  const bytes = inflate(fromBase64(text), maxBytes);
  if (!isUtf8(bytes)) throw unreadable("The compressed data is not UTF-8 text.");
  return bytes.toString("utf8");
}

function inflate(bytes: Buffer, maxBytes: number): Buffer {
  try {
    return inflateSync(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    if (!hasCode(error, "ERR_BUFFER_TOO_LARGE"))
      throw unreadable("The compressed data is not a whole zlib stream.", error);
    const size = `${bytes.length} compressed bytes become more than ${maxBytes}`;
    throw unreadable(`The compressed data is too large: ${size}; raise maxDataBytes if that is meant.`, error);
  }
}

/** Strict base64 with padding; line breaks and blanks are passed over. */
function fromBase64(text: string): Buffer {
  const line = /[ \t\r\n]/.test(text) ? text.replace(/[ \t\r\n]+/g, "") : text;
  const bytes = Buffer.from(line, "base64");
  const padding = line.endsWith("==") ? 2 : line.endsWith("=") ? 1 : 0;
  // Node passes over foreign characters and stops at inner padding: then there are too few bytes. It also takes - for + and _ for /.
  const whole = line.length % 4 === 0 && bytes.length === (line.length / 4) * 3 - padding && !/[-_]/.test(line);
  if (!whole) throw unreadable(`The compressed data is not base64: ${excerpt(text)}`);
  return bytes;
}
