/** Skips a field table without building it, and refuses what `readTable` would refuse. */
import { endedEarly, utf8 } from "./byte-reader.ts";
import { replyCode } from "./constants.ts";
import { FrameError } from "./errors.ts";
import { maxTableDepth, tooDeep, unknownType } from "./field-table.ts";

/** Checks the table whose length is at `start`; the result is where it ends. Nothing beyond `end` is read. */
export function skipTable(bytes: Buffer, start: number, end: number): number {
  return skipTableAt(bytes, start, end, 1);
}

function skipTableAt(bytes: Buffer, start: number, end: number, depth: number): number {
  const until = skipLong(bytes, start, end);
  let at = start + 4;
  if (at < until && depth > maxTableDepth) throw tooDeep();
  while (at < until) {
    at = skipShort(bytes, at, until);
    at = skipValue(bytes, at, until, depth);
  }
  return until;
}

function skipList(bytes: Buffer, start: number, end: number, depth: number): number {
  if (depth > maxTableDepth) throw tooDeep();
  const until = skipLong(bytes, start, end);
  for (let at = start + 4; at < until; ) at = skipValue(bytes, at, until, depth);
  return until;
}

/** Where the long string ends whose length is at `start`. */
function skipLong(bytes: Buffer, start: number, end: number): number {
  return skip(bytes.readUInt32BE(skip(4, start, end) - 4), start + 4, end);
}

/** Where the short string at `start` ends; it is UTF-8. */
export function skipShort(bytes: Buffer, start: number, end: number): number {
  skip(1, start, end);
  const size = bytes[start] as number;
  const until = skip(size, start + 1, end);
  for (let at = start + 1; at < until; at++) {
    if ((bytes[at] as number) < 0x80) continue;
    utf8(bytes, start + 1, size);
    break;
  }
  return until;
}

/** `start` and this many bytes; they have to be there. */
export function skip(size: number, start: number, end: number): number {
  if (size > end - start) throw endedEarly(size, end - start);
  return start + size;
}

function skipValue(bytes: Buffer, start: number, end: number, depth: number): number {
  skip(1, start, end);
  const letter = bytes[start] as number;
  const at = start + 1;
  switch (letter) {
    case 0x53:
    case 0x78:
      return skipLong(bytes, at, end);
    case 0x74:
    case 0x62:
    case 0x42:
      return skip(1, at, end);
    case 0x73:
    case 0x75:
      return skip(2, at, end);
    case 0x49:
    case 0x69:
      return skip(4, at, end);
    case 0x66:
      return finite(bytes.readFloatBE(skip(4, at, end) - 4), at + 4);
    case 0x64:
      return finite(bytes.readDoubleBE(skip(8, at, end) - 8), at + 8);
    case 0x44:
      return skip(5, at, end);
    case 0x4c:
    case 0x6c:
    case 0x54:
      return skip(8, at, end);
    case 0x41:
      return skipList(bytes, at, end, depth + 1);
    case 0x46:
      return skipTableAt(bytes, at, end, depth + 1);
    case 0x56:
      return at;
    default:
      throw unknownType(letter);
  }
}

function finite(value: number, next: number): number {
  if (Number.isFinite(value)) return next;
  throw new FrameError(replyCode.syntaxError, "a field table holds a float that is not finite");
}
