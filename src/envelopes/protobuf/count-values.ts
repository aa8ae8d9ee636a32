/** The number of values in protobuf bytes, determined before a library creates objects for them. */

/** The wire types (protobuf's encoding guide). */
const VARINT = 0;
const EIGHT_BYTES = 1;
const LENGTH = 2;
const GROUP = 3;
const END_GROUP = 4;
const FOUR_BYTES = 5;

/** The deepest nesting: all supported libraries refuse deeper messages. */
const MAX_DEPTH = 100;

/** The most places in a message for which the library is asked what they hold. Generated messages have far fewer. */
const MAX_PLACES = 5000;

/**
 * Eight bytes that can be a string, bytes, or packed numbers of every type, but not a message: field number 0 does not exist, and it would
 * need more bytes.
 */
const PROBE: Buffer = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]);

type Decode = (bytes: Buffer) => unknown;

/** What a field of bytes holds: a message, one value, or packed numbers of this many bytes each (0: varints). */
type Content = "message" | "one" | { readonly packed: 0 | 4 | 8 };

/**
 * Counts the fields and packed numbers at every depth, and stops soon after the limit. Broken bytes are counted as far as a library may
 * read them.
 *
 * The bytes do not say which field is a message, a string or a list of packed numbers. The function `decode` finds out: it reads a small
 * message for each such field. So this works with every library, and with generated code that has no schema.
 */
export function countValues(bytes: Buffer, limit: number, decode: Decode): number {
  return new ValueCount(limit, decode).of(bytes);
}

/** One place in a message: a field, or a field inside another field. */
interface Place {
  readonly number: number;
  readonly isGroup: boolean;
  readonly parent: Place | undefined;
  readonly depth: number;
  /** Its known fields by number; groups have negative numbers. */
  readonly fields: Map<number, Place>;
  content: Content | undefined;
}

class ValueCount {
  readonly #limit: number;
  readonly #decode: Decode;
  #values = 0;
  #places = 0;

  constructor(limit: number, decode: Decode) {
    this.#limit = limit;
    this.#decode = decode;
  }

  of(bytes: Buffer): number {
    const whole = { number: 0, isGroup: false, parent: undefined, depth: 0, fields: new Map(), content: undefined };
    this.#walk(bytes, 0, bytes.length, whole);
    return this.#values;
  }

  /** Counts one message, with the groups in it. */
  #walk(bytes: Buffer, start: number, end: number, message: Place): void {
    const cursor = { at: start };
    let place = message;
    while (cursor.at < end && this.#values <= this.#limit) {
      const tag = varint(bytes, cursor, end);
      const number = Math.floor(tag / 8);
      const wireType = tag % 8;
      if (wireType === END_GROUP) {
        if (place === message || place.parent === undefined) return;
        place = place.parent;
        continue;
      }
      this.#values++;
      if (wireType === VARINT) varint(bytes, cursor, end);
      else if (wireType === EIGHT_BYTES) cursor.at += 8;
      else if (wireType === FOUR_BYTES) cursor.at += 4;
      else if (wireType === GROUP && place.depth < MAX_DEPTH) place = this.#field(place, number, true);
      else if (wireType === LENGTH) {
        const length = varint(bytes, cursor, end);
        const from = cursor.at;
        cursor.at += length;
        if (cursor.at <= end) this.#content(bytes, from, cursor.at, this.#field(place, number, false));
      } else return;
    }
  }

  #content(bytes: Buffer, start: number, end: number, place: Place): void {
    if (start === end) return;
    const content = this.#contentOf(place);
    if (content === "one") return;
    if (content === "message") this.#walk(bytes, start, end, place);
    else if (content.packed > 0) this.#values += Math.floor((end - start) / content.packed);
    else this.#countVarints(bytes, start, end);
  }

  #countVarints(bytes: Buffer, start: number, end: number): void {
    for (let at = start; at < end && this.#values <= this.#limit; at++) {
      if ((bytes[at] as number) < 0x80) this.#values++;
    }
  }

  #field(parent: Place, number: number, isGroup: boolean): Place {
    const key = isGroup ? -number : number;
    const known = parent.fields.get(key);
    if (known !== undefined) return known;
    const field: Place = {
      number,
      isGroup,
      parent,
      depth: parent.depth + 1,
      fields: new Map<number, Place>(),
      content: undefined,
    };
    // A place that is not kept is asked for again; above the limit of places nothing is asked.
    if (this.#places <= MAX_PLACES) parent.fields.set(key, field);
    return field;
  }

  #contentOf(place: Place): Content {
    if (place.content === undefined) {
      if (place.depth >= MAX_DEPTH) place.content = "one";
      // The largest number of values that it can hold.
      else if (++this.#places > MAX_PLACES) place.content = { packed: 0 };
      else place.content = this.#ask(place);
    }
    return place.content;
  }

  #ask(place: Place): Content {
    try {
      return contentIn(this.#decode(around(PROBE, place))) ?? "one";
    } catch {
      return "message";
    }
  }
}

/** A whole message that has only this content at that place. */
function around(content: Buffer, place: Place): Buffer {
  let bytes = content;
  for (let at: Place | undefined = place; at?.parent !== undefined; at = at.parent) {
    const { number, isGroup } = at;
    bytes = isGroup
      ? Buffer.concat([varintBytes(number * 8 + GROUP), bytes, varintBytes(number * 8 + END_GROUP)])
      : Buffer.concat([varintBytes(number * 8 + LENGTH), varintBytes(bytes.length), bytes]);
  }
  return bytes;
}

/** What the probe became: a list if its numbers are packed somewhere in the message; undefined if it is one value. */
function contentIn(value: unknown): Content | undefined {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return undefined;
  if (Array.isArray(value) && isPacked(value)) return { packed: value.length === 8 ? 0 : value.length === 2 ? 4 : 8 };
  for (const member of Object.values(value)) {
    const found = contentIn(member);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * A string is one value of its list, but packed enums may become several strings. A 64-bit number is a bigint, or an object of two halves.
 */
function isPacked(list: readonly unknown[]): boolean {
  const [first] = list;
  if (typeof first === "object") return first !== null && "low" in first && "high" in first;
  return list.length > 1 || (first !== undefined && typeof first !== "string");
}

/** Returns NaN if the bytes end inside the number, or if it has more than ten bytes: all later sums are then NaN, and the walk ends. */
function varint(bytes: Buffer, cursor: { at: number }, end: number): number {
  let value = 0;
  for (let count = 0; count < 10 && cursor.at < end; count++) {
    const byte = bytes[cursor.at++] as number;
    value += (byte & 0x7f) * 2 ** (7 * count);
    if (byte < 0x80) return value;
  }
  cursor.at = end;
  return Number.NaN;
}

function varintBytes(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}
