/** Payloads of JSON as other systems send and read them: UTF-8 text, and numbers that every reader of JSON knows. */
import { isUtf8 } from "node:buffer";
import { excerpt, unbuildable, unreadable } from "./errors.ts";
import { writeJson } from "./json-writing.ts";

/** Text of UTF-8 bytes; throws when they are anything else. `what` names them in the error. */
export function utf8Text(bytes: Buffer, what: string): string {
  const text = bytes.toString("utf8");
  if (!isUtf8(bytes)) throw unreadable(`${what} is not UTF-8 text: ${excerpt(text)}`);
  return text;
}

/** Data as JSON that any reader takes (RFC 8259): without NaN and the infinities, which Python's JSON has. */
export function strictJson(data: unknown, what: string): string {
  const json = writeJson(data);
  if (!json.includes("NaN") && !json.includes("Infinity")) return json;
  try {
    JSON.parse(json);
  } catch (error) {
    throw unbuildable(`${what} contains NaN or an infinity, which JSON cannot express. Send null or a string.`, error);
  }
  return json;
}
