/** Words, times and bodies of dead letters in a form that is safe for a terminal. */
import { printable } from "../../util/printable.ts";

const unitsMs: readonly (readonly [string, number])[] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1000],
];
/** The most characters of a body that are shown. */
const shownCharacters = 4000;
const shownBytes = 512;
const hexColumns = 16;

/** For example "2 hours ago". If the other clock is ahead of ours, "now". */
export function age(at: Date, now: number): string {
  const words = duration(now - at.getTime());
  return words === undefined ? "now" : `${words} ago`;
}

/** For example "1 minute" or "2 hours": only the largest unit. Undefined for less than a second. */
export function duration(ms: number): string | undefined {
  const [unit, unitMs] = unitsMs.find(([, size]) => ms >= size) ?? ["", 0];
  return unitMs === 0 ? undefined : counted(Math.floor(ms / unitMs), unit);
}

/** For example "1 message" or "2 messages". */
export function counted(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

/** The time in words, and the exact time. */
export function when(at: Date, now: number): string {
  return `${age(at, now)} (${at.toISOString()})`;
}

/** Rows as columns of equal width, except the last column. A style colours the cells of its column. */
export function columns(
  rows: readonly (readonly string[])[],
  styles: readonly (((cell: string) => string) | undefined)[] = [],
): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  return rows.map((row) => {
    const last = row.findLastIndex((cell) => cell !== "");
    const cells = row.slice(0, last + 1).map((cell, at) => {
      const styled = styles[at]?.(cell) ?? cell;
      return at === last ? styled : styled + " ".repeat((widths[at] ?? 0) - cell.length);
    });
    return cells.join("  ");
  });
}

/** JSON of any value in a message. A 64-bit integer, which JSON does not have, becomes a string. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) => (typeof member === "bigint" ? String(member) : member));
}

/** Several lines as one printable line, cut to this many characters. */
export function oneLine(text: string, characters: number): string {
  const line = printable(text.trim().replace(/\s+/g, " "));
  return line.length > characters ? `${line.slice(0, characters - 3)}...` : line;
}

/** Indented JSON, or else text, or else hexadecimal. A long body is cut, and the last line says so. */
export function bodyLines(body: Buffer, contentEncoding: string | undefined): readonly string[] {
  if (body.length === 0) return [];
  const text = contentEncoding === undefined ? printableText(body) : undefined;
  if (text === undefined) return hexLines(body);
  const shown = indented(text) ?? text;
  const lines = shown.slice(0, shownCharacters).split(/\r\n|\n|\r/);
  const rest = shown.length - shownCharacters;
  return [
    ...lines.map((line) => printable(line.replaceAll("\t", "  "))),
    ...(rest > 0 ? [`... ${rest} characters more`] : []),
  ];
}

/** The body as a string, if it is UTF-8 text without control characters. */
export function printableText(body: Buffer): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
    return /[^\P{Cc}\t\n\r]/u.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

function indented(text: string): string | undefined {
  if (!/^\s*[[{]/.test(text) || text.length > shownCharacters * 10) return undefined;
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return undefined;
  }
}

function hexLines(body: Buffer): readonly string[] {
  const lines: string[] = [];
  for (let at = 0; at < Math.min(body.length, shownBytes); at += hexColumns) {
    const row = body.subarray(at, Math.min(at + hexColumns, shownBytes));
    const bytes = [...row].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const text = [...row].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".")).join("");
    lines.push(`${at.toString(16).padStart(6, "0")}  ${bytes.padEnd(hexColumns * 3 - 1)}  ${text}`);
  }
  if (body.length > shownBytes) lines.push(`... ${body.length - shownBytes} bytes more`);
  return lines;
}
