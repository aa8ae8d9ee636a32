/** What goes wrong with an envelope: a payload that cannot be read, or data that cannot be written. */
import { TomodachiError } from "../errors.ts";

/** `ERR_ENVELOPE_UNREADABLE`: these bytes are no such message. `ERR_ENVELOPE_UNBUILDABLE`: this value has no form there. */
export class EnvelopeError extends TomodachiError {}

export function unreadable(message: string, cause?: unknown): EnvelopeError {
  return new EnvelopeError("ERR_ENVELOPE_UNREADABLE", message, { cause });
}

export function unbuildable(message: string, cause?: unknown): EnvelopeError {
  return new EnvelopeError("ERR_ENVELOPE_UNBUILDABLE", message, { cause });
}

const EXCERPT_LENGTH = 80;

/** The beginning of a string, quoted and in plain ASCII, so that no payload can forge a line of a log. */
export function excerpt(text: string): string {
  const quoted = JSON.stringify(text.slice(0, EXCERPT_LENGTH));
  const ascii = quoted.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return text.length > EXCERPT_LENGTH ? `${ascii}... (${text.length} characters)` : ascii;
}
