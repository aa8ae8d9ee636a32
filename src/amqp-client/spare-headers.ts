/** Headers that came with another message must not keep this one from being sent: some are left out where a frame has no room. */
import { headerBytes } from "./header-values.ts";
import type { OutgoingMessage } from "./outgoing-message.ts";

/** The length of a table. */
const emptyTableBytes = 4;

/** Leaves out spare headers, the largest first, until `excess` bytes are gone. Returns how many bytes are gone. */
export function leaveOutSpare({ properties, spare = [] }: OutgoingMessage, excess: number): number {
  const { headers = {} } = properties;
  const candidates = spare.flatMap((group) =>
    group.names
      .filter((name) => Object.hasOwn(headers, name))
      .map((name) => ({ name, group, bytes: headerBytes({ [name]: headers[name] }) - emptyTableBytes })),
  );
  candidates.sort((a, b) => b.bytes - a.bytes);
  const gone = new Set<string>();
  let freed = 0;
  for (const { name, group, bytes } of candidates) {
    if (freed >= excess) break;
    if (gone.has(name)) continue;
    gone.add(name);
    freed += bytes;
    group.leftOut(name);
  }
  if (gone.size > 0)
    properties.headers = Object.fromEntries(Object.entries(headers).filter(([name]) => !gone.has(name)));
  return freed;
}
