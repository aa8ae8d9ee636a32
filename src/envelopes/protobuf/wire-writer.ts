/** Writes the few forms of protobuf's wire format that the envelope needs. */

/** A string field; proto3 omits an empty one. */
export function textField(number: number, text: string): Buffer[] {
  return text === "" ? [] : lengthField(number, Buffer.from(text, "utf8"));
}

/** A field of bytes or of a message; written even if it is empty. */
export function lengthField(number: number, bytes: Uint8Array): Buffer[] {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return [varint((number << 3) | 2), varint(bytes.length), content];
}

/** A field of eight bytes, little-endian. */
export function doubleField(number: number, value: number): Buffer[] {
  if (Object.is(value, 0)) return [];
  const bytes = Buffer.alloc(9);
  bytes[0] = (number << 3) | 1;
  bytes.writeDoubleLE(value, 1);
  return [bytes];
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}
