/** The encoding `base64_gzip_json`: base64 of a zlib stream (not gzip) of UTF-8 JSON in Python's form. */
import { isUtf8 } from "node:buffer";
import { createRequire } from "node:module";
import { hasCode } from "../errors.ts";
import { fromBase64 } from "./base64.ts";
import { DEFAULT_MAX_BYTES } from "./data-limit.ts";
import { unreadable } from "./errors.ts";
import { pythonJsonOfLength } from "./python-json.ts";

/** zlib is loaded with the first compressed message, so a service without such messages starts without it. */
const zlib = (): typeof import("node:zlib") => createRequire(import.meta.url)("node:zlib");

/** Data with this many characters or more is compressed. Characters are counted in Python's form of the JSON. */
const COMPRESSION_THRESHOLD = 60_000;

/** Compresses compact JSON. Returns undefined if the JSON is short enough to be sent uncompressed. */
export function compressLarge(json: string): string | undefined {
  const dump = pythonJsonOfLength(json, COMPRESSION_THRESHOLD);
  return dump === undefined ? undefined : zlib().deflateSync(dump).toString("base64");
}

/** Returns the JSON text inside. Throws if the text is not compressed JSON, or if it becomes larger than the limit. */
export function decompress(text: string, maxBytes: number = DEFAULT_MAX_BYTES): string {
  const bytes = inflate(fromBase64(text, "The compressed data"), maxBytes);
  if (!isUtf8(bytes)) throw unreadable("The compressed data is not UTF-8 text.");
  return bytes.toString("utf8");
}

/** Returns the bytes inside a zlib stream. Throws above the limit, and never makes more bytes than that. */
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
