/** Limits for payloads and their data, because a few kilobytes can unpack to gigabytes. */
import { ConfigurationError } from "../service/errors.ts";
import { type EnvelopeError, excerpt, unreadable } from "./errors.ts";

/** The default limit for a payload, and for compressed data after it is unpacked: 64 MiB. */
export const DEFAULT_MAX_BYTES: number = 64 * 1024 * 1024;

/** The default limit for the number of values. Reading that many takes up to half a second and up to 25 MB. */
export const DEFAULT_MAX_VALUES = 250_000;

/** The limit for envelopes that read a whole payload. */
export interface PayloadLimitOptions {
  /** The largest payload, in bytes, as it arrives. A larger one is dead-lettered. @default 64 MiB */
  readonly maxPayloadBytes?: number | undefined;
}

/** The limit for envelopes that create values from a payload. */
export interface ValueLimitOptions {
  /**
   * The most values that the data may hold: strings, numbers, lists, objects, protobuf fields and so on, at every depth. They are counted
   * before anything is parsed. Data with more is dead-lettered.
   * @default 250 000
   */
  readonly maxValues?: number | undefined;
}

/** The limits for envelopes that unpack compressed data. */
export interface DataLimitOptions extends PayloadLimitOptions, ValueLimitOptions {
  /** The largest size of compressed data after it is unpacked, in bytes. Larger data is dead-lettered. @default 64 MiB */
  readonly maxDataBytes?: number | undefined;
}

/** The names of the limits, as an envelope lists them. */
export const dataLimitNames: readonly (keyof DataLimitOptions)[] = ["maxPayloadBytes", "maxDataBytes", "maxValues"];

/** Refuses, at the start, a limit that is not a whole number above 0. */
export function checkDataLimits(options: DataLimitOptions): void {
  for (const name of dataLimitNames) {
    const limit: unknown = options[name];
    if (limit === undefined || (Number.isSafeInteger(limit) && (limit as number) > 0)) continue;
    throw new ConfigurationError(`${name} must be a whole number above 0, but is ${String(limit)}.`);
  }
}

/** Throws if a payload is larger than the limit, before any of it is read. */
export function checkPayloadSize(payload: Buffer, { maxPayloadBytes = DEFAULT_MAX_BYTES }: PayloadLimitOptions): void {
  if (payload.length <= maxPayloadBytes) return;
  throw unreadable(
    `The payload is too large: ${payload.length} bytes, more than ${maxPayloadBytes}. Raise maxPayloadBytes if you expect such payloads.`,
  );
}

/** The error for data with more values than the limit. */
export function tooManyValues(what: string, maxValues: number, text?: string): EnvelopeError {
  const shown = text === undefined ? "." : `: ${excerpt(text)}`;
  return unreadable(`${what} contains more than ${maxValues} values. Raise maxValues if you expect such data${shown}`);
}
