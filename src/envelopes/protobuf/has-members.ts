/** Which values can be messages or maps: objects whose members are their content. */

/** Not lists, bytes, dates, Maps and Sets: they have no members of their own, and would be sent as empty messages. */
export function hasMembers(value: unknown): value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) return false;
  return !(value instanceof Date || value instanceof Map || value instanceof Set);
}
