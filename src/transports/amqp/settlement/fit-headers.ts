/** Headers that are too many for one message: the least important are left out, the largest of them first, and are named. */
import { cutText } from "../../../util/cut-text.ts";
import { headerNames, importanceOf } from "../names/headers.ts";
import { entrySize } from "./table-size.ts";

/** The list of names is at most this long, and takes at most a quarter of the room. */
const listBytes = 2000;
/** No header of the framework is larger. Another client wrote a larger one under its name. */
const largestOwnBytes = 2200;

/**
 * @param headers the wanted headers of the copy
 * @param leftOut names of headers that were omitted before, for other reasons
 * @param room the maximum size of the table, in bytes
 */
export function fitHeaders(
  headers: Readonly<Record<string, unknown>>,
  leftOut: readonly string[],
  room: number,
): Record<string, unknown> {
  const entries = Object.entries(headers).map(([name, value]) => {
    const size = entrySize(name, value);
    return { name, size, importance: size > largestOwnBytes ? Math.max(2, importanceOf(name)) : importanceOf(name) };
  });
  let size = entries.reduce((sum, entry) => sum + entry.size, 4);
  const named = [...leftOut];
  const gone = new Set<string>();
  const limit = (): number => room - (named.length > 0 ? listRoom(room) + headerNames.droppedHeaders.length + 10 : 0);
  if (size > limit()) {
    // One long sort instead of a search for each: other clients send thousands of headers.
    entries.sort((a, b) => b.importance - a.importance || b.size - a.size);
    for (const entry of entries) {
      if (size <= limit() || entry.importance === 0) break;
      gone.add(entry.name);
      // The framework's own headers are not part of the message: a stack may be missing.
      if (entry.importance === 2) named.push(entry.name);
      size -= entry.size;
    }
  }
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !gone.has(name)));
  if (named.length > 0) kept[headerNames.droppedHeaders] = cutText(named.join(", "), listRoom(room));
  return kept;
}

function listRoom(room: number): number {
  return Math.min(listBytes, Math.floor(room / 4));
}
