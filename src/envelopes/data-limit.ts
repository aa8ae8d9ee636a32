/** How large a payload and its data may be when they are read: a few kilobytes can claim to be gigabytes. */
import { ConfigurationError } from "../service/errors.ts";
import { unreadable } from "./errors.ts";

/** What either may have when it is not said otherwise: 64 MiB. */
export const DEFAULT_MAX_BYTES: number = 64 * 1024 * 1024;

/** Limits that envelopes take on a decorator. */
export interface DataLimitOptions {
  /** How many bytes a payload may have as it arrives. @default 64 MiB */
  readonly maxPayloadBytes?: number | undefined;
  /** How many bytes compressed data may become. @default 64 MiB */
  readonly maxDataBytes?: number | undefined;
}

/** The names of the limits, as an envelope lists them. */
export const dataLimitNames: readonly (keyof DataLimitOptions)[] = ["maxPayloadBytes", "maxDataBytes"];

/** Refuses, at the start, a limit that is none. */
export function checkDataLimits(options: DataLimitOptions): void {
  for (const name of dataLimitNames) {
    const limit: unknown = options[name];
    if (limit === undefined || (Number.isSafeInteger(limit) && (limit as number) > 0)) continue;
    throw new ConfigurationError(`${name} must be a whole number above 0 and is ${String(limit)}.`);
  }
}

/** Throws when a payload is larger than the limit, before anything of it is read. */
export function checkPayloadSize(payload: Buffer, { maxPayloadBytes = DEFAULT_MAX_BYTES }: DataLimitOptions): void {
  if (payload.length <= maxPayloadBytes) return;
  throw unreadable(
    `The payload is too large: ${payload.length} bytes, more than ${maxPayloadBytes}; raise maxPayloadBytes if that is meant.`,
  );
}
