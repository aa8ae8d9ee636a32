/** How large a payload and its data may be when they are read: a few kilobytes can unpack to gigabytes. */
import { ConfigurationError } from "../service/errors.ts";
import { type EnvelopeError, excerpt, unreadable } from "./errors.ts";

/** What a payload, or compressed data once unpacked, may have when nothing else is said: 64 MiB. */
export const DEFAULT_MAX_BYTES: number = 64 * 1024 * 1024;

/** How many values data may contain by default. Reading that many takes up to half a second, and up to 25 MB. */
export const DEFAULT_MAX_VALUES = 250_000;

/** The limit of envelopes that read a whole payload. */
export interface PayloadLimitOptions {
  /** How many bytes a payload may have as it arrives. @default 64 MiB */
  readonly maxPayloadBytes?: number | undefined;
}

/** The limit of envelopes that make values of what they read. */
export interface ValueLimitOptions {
  /**
   * How many values the data may hold: strings, numbers, lists, objects, fields of protobuf and so on, counted at every depth
   * before anything is parsed.
   * @default 250 000
   */
  readonly maxValues?: number | undefined;
}

/** The limits of envelopes that unpack compressed data. */
export interface DataLimitOptions extends PayloadLimitOptions, ValueLimitOptions {
  /** How many bytes compressed data may become. @default 64 MiB */
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

/** Throws when a payload is larger than the limit, before anything of it is read. */
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
