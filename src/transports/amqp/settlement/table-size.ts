/** The size of a value in an AMQP field table in bytes, exact enough to keep a table within its frame. */

/** Bytes of a table's entry: its name, its type and its value. */
export function entrySize(name: string, value: unknown): number {
  return 1 + Buffer.byteLength(name) + valueSize(value, 0);
}

/** Bytes of a whole table. */
export function tableSize(table: Readonly<Record<string, unknown>>): number {
  return 4 + sizeOfEntries(table, 0);
}

function sizeOfEntries(table: object, depth: number): number {
  let size = 0;
  for (const [name, value] of Object.entries(table)) size += 1 + Buffer.byteLength(name) + valueSize(value, depth + 1);
  return size;
}

function valueSize(value: unknown, depth: number): number {
  if (typeof value === "string") return 5 + Buffer.byteLength(value);
  if (typeof value !== "object" || value === null) return 9;
  if (Buffer.isBuffer(value)) return 5 + value.length;
  if (depth > 100) return Number.POSITIVE_INFINITY;
  if (Array.isArray(value)) return 5 + value.reduce((sum: number, item) => sum + valueSize(item, depth + 1), 0);
  return 5 + sizeOfEntries(value, depth);
}
