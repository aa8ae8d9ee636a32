/** The encoding `base64_gzip_json`: base64 of a zlib stream (not gzip) of UTF-8 JSON in Python's form. */
import { isUtf8 } from "node:buffer";
import { createRequire } from "node:module";
import { hasCode } from "../errors.ts";
import { fromBase64 } from "./base64.ts";
import { DEFAULT_MAX_BYTES } from "./data-limit.ts";
import { unreadable } from "./errors.ts";
import { pythonJsonOfLength } from "./python-json.ts";

/** Loaded with the first compressed message: a service without such messages starts without it. */
const zlib = (): typeof import("node:zlib") => createRequire(import.meta.url)("node:zlib");

/** Data is compressed from this many characters on, counted in Python's form of it. */
const COMPRESSION_THRESHOLD = 60_000;

/** The compressed form of compact JSON, or undefined when it is short enough to be sent as it is. */
export function compressLarge(json: string): string | undefined {
  const dump = pythonJsonOfLength(json, COMPRESSION_THRESHOLD);
  return dump === undefined ? undefined : zlib().deflateSync(dump).toString("base64");
}

/** The JSON text inside; throws when the text is anything else, or larger than the limit. */
export function decompress(text: string, maxBytes: number = DEFAULT_MAX_BYTES): string {
  const bytes = inflate(fromBase64(text, "The compressed data"), maxBytes);
  if (!isUtf8(bytes)) throw unreadable("The compressed data is not UTF-8 text.");
  return bytes.toString("utf8");
}

/** The bytes inside a zlib stream; throws when there are more than the limit, and makes no more than that. */
export function inflate(bytes: Buffer, maxBytes: number = DEFAULT_MAX_BYTES): Buffer {
  try {
    return zlib().inflateSync(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    if (!hasCode(error, "ERR_BUFFER_TOO_LARGE"))
      throw unreadable("The compressed data is not a complete zlib stream.", error);
    const size = `${bytes.length} compressed bytes expand to more than ${maxBytes}`;
    throw unreadable(`The compressed data is too large: ${size}. Raise maxDataBytes if you expect such data.`, error);
  }
}
