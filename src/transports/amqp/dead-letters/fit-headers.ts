/** Headers that are too many for one message: the largest are left out until the rest fits, and are named in one header. */
import { cutText } from "../../../util/cut-text.ts";
import { entrySize } from "./table-size.ts";

/** Names the headers that were left out. */
export const droppedHeader = "x-tomodachi-dropped-headers";
/** The list of their names is at most this long. */
const listBytes = 2000;

/** @param room what they may take as entries of a table, in bytes */
export function fitHeaders(headers: Readonly<Record<string, unknown>>, room: number): Record<string, unknown> {
  const sizes = Object.entries(headers).map(([name, value]) => ({ name, size: entrySize(name, value) }));
  sizes.sort((a, b) => b.size - a.size);
  let size = sizes.reduce((sum, entry) => sum + entry.size, 4);
  const dropped: string[] = [];
  // The list of names is cut, so that it fits whatever it holds.
  for (const entry of sizes) {
    if (size <= room - (dropped.length > 0 ? listBytes + droppedHeader.length + 10 : 0)) break;
    dropped.push(entry.name);
    size -= entry.size;
  }
  if (dropped.length === 0) return { ...headers };
  const left = new Set(dropped);
  const kept = Object.entries(headers).filter(([name]) => !left.has(name));
  return { ...Object.fromEntries(kept), [droppedHeader]: cutText(dropped.join(", "), listBytes) };
}
