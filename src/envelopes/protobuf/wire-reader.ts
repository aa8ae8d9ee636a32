/** Reads protobuf's wire format field by field, as far as the envelope needs it. */
import { isUtf8 } from "node:buffer";
import { unreadable } from "../errors.ts";

/** The wire types (protobuf's encoding guide); 3 and 4 begin and end a group. */
const VARINT = 0;
const EIGHT_BYTES = 1;
const LENGTH = 2;
const GROUP = 3;
const END_GROUP = 4;
const FOUR_BYTES = 5;

/** How deep groups of an unknown field may be nested. */
const MAX_GROUPS = 100;

/** A cursor over one message. Ask for the next field, then take its value, or skip it. */
export class WireReader {
  readonly #bytes: Buffer;
  #at = 0;
  #wireType = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** The number of the next field, or 0 at the end. */
  next(): number {
    if (this.#at === this.#bytes.length) return 0;
    const tag = this.#varint();
    const number = Math.floor(tag / 8);
    if (number === 0 || tag > 0xffff_ffff) throw broken("a field has no valid number");
    this.#wireType = tag % 8;
    return number;
  }

  /** The value of a field of bytes, as a view. If the field has another wire type, it is skipped and the result is undefined. */
  bytes(): Buffer | undefined {
    if (this.#wireType === LENGTH) return this.#take(this.#varint());
    this.skip();
    return undefined;
  }

  text(): string | undefined {
    const bytes = this.bytes();
    if (bytes !== undefined && !isUtf8(bytes)) throw broken("a string is not UTF-8");
    return bytes?.toString("utf8");
  }

  double(): number | undefined {
    if (this.#wireType === EIGHT_BYTES) return this.#take(8).readDoubleLE(0);
    this.skip();
    return undefined;
  }

  /** Skips the value of the field. */
  skip(): void {
    let groups = 0;
    do {
      if (groups > 0 && this.next() === 0) throw broken("a group is not closed");
      groups += this.#skipOne();
      if (groups < 0 || groups > MAX_GROUPS) throw broken("its groups do not match, or they are nested too deeply");
    } while (groups > 0);
  }

  /** Skips one value; returns the change in the number of open groups. */
  #skipOne(): number {
    switch (this.#wireType) {
      case VARINT:
        this.#varint();
        return 0;
      case EIGHT_BYTES:
        this.#take(8);
        return 0;
      case LENGTH:
        this.#take(this.#varint());
        return 0;
      case FOUR_BYTES:
        this.#take(4);
        return 0;
      case GROUP:
        return 1;
      case END_GROUP:
        return -1;
      default:
        throw broken(`the wire type ${this.#wireType} does not exist`);
    }
  }

  /** Reads at most ten bytes. The result is exact up to 2^53, which is more than any length or field number. */
  #varint(): number {
    let value = 0;
    for (let count = 0; count < 10; count++) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw broken("it ends inside a number");
      value += (byte & 0x7f) * 2 ** (7 * count);
      if (byte < 0x80) return value;
    }
    throw broken("a number has more than ten bytes");
  }

  #take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw broken("it ends inside a field");
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }
}

function broken(reason: string): Error {
  return unreadable(`The payload is not a ProtobufBase message: ${reason}.`);
}
