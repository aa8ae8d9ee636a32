/** The properties of an exact copy: our headers among those of the message, everything else byte for byte. */
import {
  type HeaderEntry,
  isHeaderName,
  readHeaderEntries,
  copyProperties as spliceProperties,
} from "../../../amqp-client/session/copy-properties.ts";
import { type Arrival, type CopyKind, headerNames, isSuperseded, nameInCopy } from "../names/headers.ts";
import { fitHeaders } from "./fit-headers.ts";

export interface ExactCopySettings {
  readonly kind: CopyKind;
  readonly arrival: Arrival;
  /** Headers of the copy itself. */
  readonly added: Readonly<Record<string, unknown>>;
  /** Properties that a copy must not have, as headers. */
  readonly unset: Readonly<Record<string, unknown>>;
  /** The maximum size of the table, in bytes. */
  readonly room: number;
}

export function exactProperties(raw: Buffer, { kind, arrival, added, unset, room }: ExactCopySettings): Buffer {
  const leftOut: string[] = [];
  const carried = new Map<string, HeaderEntry>();
  const { entries, complete } = readHeaderEntries(raw);
  for (const { name, value } of entries) {
    const kept = nameInCopy(name, kind, arrival);
    if (kept !== undefined && isHeaderName(kept)) {
      // The broker's current headers are newer than those from before an earlier copy.
      if (kept !== name || !carried.has(kept)) carried.set(kept, { name: kept, value });
    } else if (kept !== undefined || !isSuperseded(name, kind, arrival)) leftOut.push(name);
  }
  if (!complete) leftOut.push("(headers that cannot be read)");
  const own: Record<string, unknown> = { ...unset, ...added };
  const earlier = textOf(carried.get(headerNames.droppedHeaders));
  carried.delete(headerNames.droppedHeaders);
  for (const name of Object.keys(own)) carried.delete(name);
  if (earlier !== undefined) leftOut.unshift(earlier);
  const octets = Object.fromEntries(Array.from(carried, ([name, { value }]) => [name, value]));
  const fitted = fitHeaders({ ...octets, ...own }, leftOut, room);
  const keep = [...carried.values()].filter(({ name }) => Object.hasOwn(fitted, name));
  const add = Object.fromEntries(Object.entries(fitted).filter(([name]) => !carried.has(name)));
  return spliceProperties(raw, { keep, add });
}

/** The text of a long string. */
function textOf(entry: HeaderEntry | undefined): string | undefined {
  return entry && entry.value[0] === 0x53 ? entry.value.toString("utf8", 5) : undefined;
}
