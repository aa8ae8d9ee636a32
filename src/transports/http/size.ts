/** Sizes in options: a number of bytes, or a string with its unit. */
import type { FieldCheck } from "../../util/check-fields.ts";

/** A number of bytes, or a string such as "512KB", "10MB" or "1GB"; 1 KB is 1024 bytes. */
export type ByteSize = number | `${number}${"B" | "KB" | "MB" | "GB"}`;

const unitBytes: Readonly<Record<string, number>> = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 };

/** The size in whole bytes; undefined for an invalid size. */
export function parseSize(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isSafeInteger(value) && value > 0 ? value : undefined;
  const match = typeof value === "string" ? /^(\d+(?:\.\d+)?) ?(B|KB|MB|GB)$/.exec(value) : null;
  const bytes = match ? Math.round(Number(match[1]) * (unitBytes[match[2] ?? ""] ?? 1)) : 0;
  return bytes > 0 ? bytes : undefined;
}

/** Checks that a size is within bounds, both included. */
export function sizeWithin(min: number, max: number): FieldCheck {
  return {
    expected: `a number of bytes, or a string such as "512KB" or "10MB", from ${min} bytes to ${max / 1024 ** 2} MB`,
    fits: (value) => {
      const bytes = parseSize(value);
      return bytes !== undefined && bytes >= min && bytes <= max;
    },
  };
}
