/** Which values can be messages, or maps: those whose members are what they hold. */

/** Not lists, bytes, dates, Maps and Sets: as messages they have no members, and would be sent as empty ones. */
export function hasMembers(value: unknown): value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) return false;
  return !(value instanceof Date || value instanceof Map || value instanceof Set);
}
