/** Durations in options: a string with its unit ("500ms", "5s", "1m", "6h", "1d"), or a number of seconds. */
import type { FieldCheck } from "./check-fields.ts";

/** A number and its unit: milliseconds, seconds, minutes, hours or days. */
export type DurationText = `${number}ms` | `${number}s` | `${number}m` | `${number}h` | `${number}d`;

/**
 * A duration: a string with its unit, or a number of seconds. From 1000 on a number needs a unit, because a number such as 5000 is often
 * meant as milliseconds.
 */
export type Duration = DurationText | number;

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Whole milliseconds; undefined for an invalid duration. */
export function parseDuration(value: unknown): number | undefined {
  if (typeof value === "number") return wholeMs(value * 1000);
  if (typeof value !== "string") return undefined;
  const match = /^(\d+(?:\.\d+)?) ?(ms|s|m|h|d)$/.exec(value);
  return match ? wholeMs(Number(match[1]) * (unitMs[match[2] ?? ""] ?? 1)) : undefined;
}

function wholeMs(ms: number): number | undefined {
  return Number.isFinite(ms) && ms >= 0 ? Math.round(ms) : undefined;
}

/** The seconds of a duration that was checked before. */
export function secondsOf(duration: Duration): number {
  return (parseDuration(duration) ?? 0) / 1000;
}

/**
 * Writes a duration in the largest unit up to hours that needs no fraction: 90 000 is "90s", 60 000 is "1m". Each duration has one such
 * text.
 */
export function formatDuration(ms: number): DurationText {
  if (ms > 0 && ms % 3_600_000 === 0) return `${ms / 3_600_000}h`;
  if (ms > 0 && ms % 60_000 === 0) return `${ms / 60_000}m`;
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}

/** The largest number that is accepted without a unit. */
const largestNumber = 999;

/** Why a number needs a unit; undefined for anything else. */
export function unitProblem(value: unknown): string | undefined {
  if (typeof value !== "number" || !(value > largestNumber)) return undefined;
  return `${value} has no unit. Write "${value}s" for seconds, or "${value}ms" for milliseconds`;
}

/**
 * Checks that a duration is within bounds, both included, in milliseconds. `anyNumber` is for options that Python also has: people write
 * large numbers of seconds there.
 */
export function durationWithin(
  minMs: number,
  maxMs: number,
  { anyNumber = false }: { readonly anyNumber?: boolean } = {},
): FieldCheck {
  const problem = (value: unknown): string | undefined => (anyNumber ? undefined : unitProblem(value));
  return {
    expected: `a duration such as "500ms", "5s" or "1m", or a number of seconds, from ${formatDuration(minMs)} to ${formatDuration(maxMs)}`,
    fits: (value) => problem(value) === undefined && isWithin(value, minMs, maxMs),
    problem,
  };
}

/** Checks a list of durations. */
export function durationsWithin(minMs: number, maxMs: number): FieldCheck {
  return {
    expected: `a list of durations such as ["5s", "1m", "10m"], each from ${formatDuration(minMs)} to ${formatDuration(maxMs)}`,
    fits: (value) =>
      Array.isArray(value) && value.every((item) => unitProblem(item) === undefined && isWithin(item, minMs, maxMs)),
    problem: (value) => (Array.isArray(value) ? value.map(unitProblem).find((text) => text !== undefined) : undefined),
  };
}

function isWithin(value: unknown, minMs: number, maxMs: number): boolean {
  const ms = parseDuration(value);
  return ms !== undefined && ms >= minMs && ms <= maxMs;
}
