/** Converts typed text, or text from a file, to data for an envelope. */
import { isUtf8 } from "node:buffer";
import { RawBytes } from "../envelopes/raw-bytes.ts";
import { messageOf, TomodachiError } from "../errors.ts";
import type { Envelope } from "../service/envelope.ts";

/** How much of what was typed an error shows. */
const shownCharacters = 60;

/**
 * Unchanged text without an envelope, bytes for RawBytes, and JSON for every other envelope.
 * @throws ERR_MESSAGE_DATA when the envelope needs JSON and the body is not JSON
 */
export function dataFromBody(body: Buffer, envelope: Envelope | null): unknown {
  if (envelope === null) return isUtf8(body) ? body.toString("utf8") : body;
  if (envelope === (RawBytes as Envelope)) return body;
  const text = body.toString("utf8");
  if (text.trim() === "") {
    throw new TomodachiError(
      "ERR_MESSAGE_DATA",
      "The data is empty, but the envelope of this message needs JSON. Write {} for an object without members, or null for no data. To send an empty body, add --envelope none.",
    );
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const shown = text.length > shownCharacters ? `${text.slice(0, shownCharacters)}...` : text;
    throw new TomodachiError(
      "ERR_MESSAGE_DATA",
      `The data is not JSON, but the envelope of this message needs JSON: ${shown} (${messageOf(error)}). Write a string with its quotes, as in '"text"', or send it as it is with --envelope none.`,
      { cause: error },
    );
  }
}
