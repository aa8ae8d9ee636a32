/** JSON payloads for other systems: UTF-8 text, and only numbers that every JSON reader knows. */
import { isUtf8 } from "node:buffer";
import { excerpt, unbuildable, unreadable } from "./errors.ts";
import { writeJson } from "./json-writing.ts";

/** Decodes UTF-8 bytes; throws if they are not UTF-8. `what` names them in the error. */
export function utf8Text(bytes: Buffer, what: string): string {
  const text = bytes.toString("utf8");
  if (!isUtf8(bytes)) throw unreadable(`${what} is not UTF-8 text: ${excerpt(text)}`);
  return text;
}

/** Writes JSON that any reader accepts (RFC 8259): NaN and the infinities, which Python's JSON has, are refused. */
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
