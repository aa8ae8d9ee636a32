/** The errors of envelopes: a payload that cannot be read, or data that cannot be written. */
import { TomodachiError } from "../errors.ts";

/**
 * An envelope failed. `ERR_ENVELOPE_UNREADABLE`: it cannot read the bytes of a message. `ERR_ENVELOPE_UNBUILDABLE`: it cannot write the
 * data.
 */
export class EnvelopeError extends TomodachiError {}

export function unreadable(message: string, cause?: unknown): EnvelopeError {
  return new EnvelopeError("ERR_ENVELOPE_UNREADABLE", message, { cause });
}

export function unbuildable(message: string, cause?: unknown): EnvelopeError {
  return new EnvelopeError("ERR_ENVELOPE_UNBUILDABLE", message, { cause });
}

const EXCERPT_LENGTH = 80;

/** The beginning of a string, quoted and in plain ASCII, so that a payload cannot forge a log line. */
export function excerpt(text: string): string {
  const quoted = JSON.stringify(text.slice(0, EXCERPT_LENGTH));
  const ascii = quoted.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return text.length > EXCERPT_LENGTH ? `${ascii}... (${text.length} characters)` : ascii;
}
