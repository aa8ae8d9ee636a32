/** A cursor over bytes that reads AMQP's elementary types (AMQP 0-9-1, 4.2.5), and never beyond the end it was given. */
import { isUtf8 } from "node:buffer";
import { replyCode } from "./constants.ts";
import { FrameError } from "./errors.ts";
import { decodeText } from "./escaped-text.ts";

const twoTo32 = 0x1_0000_0000;

export class ByteReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  /** Takes what breaks no framing: strings that are not UTF-8 (`decodeText`), and floats that are not finite. */
  readonly lenient: boolean;
  #position: number;

  /** Reads `bytes` from `start` up to `end`, without copying. */
  constructor(bytes: Buffer, start = 0, end: number = bytes.length, lenient = false) {
    this.#bytes = bytes;
    this.#position = start;
    this.#end = end;
    this.lenient = lenient;
  }

  /** Bytes from the beginning of the Buffer. */
  get position(): number {
    return this.#position;
  }

  get remaining(): number {
    return this.#end - this.#position;
  }

  uint8(): number {
    return this.#bytes[this.#advance(1)] as number;
  }

  uint16(): number {
    return this.#bytes.readUInt16BE(this.#advance(2));
  }

  uint32(): number {
    return this.#bytes.readUInt32BE(this.#advance(4));
  }

  /** A bigint only where a number would not be exact. */
  uint64(): number | bigint {
    const at = this.#advance(8);
    const value = this.#bytes.readUInt32BE(at) * twoTo32 + this.#bytes.readUInt32BE(at + 4);
    return Number.isSafeInteger(value) ? value : this.#bytes.readBigUInt64BE(at);
  }

  int8(): number {
    return this.#bytes.readInt8(this.#advance(1));
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#advance(2));
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#advance(4));
  }

  /** A bigint only where a number would not be exact. */
  int64(): number | bigint {
    const at = this.#advance(8);
    const value = this.#bytes.readInt32BE(at) * twoTo32 + this.#bytes.readUInt32BE(at + 4);
    return Number.isSafeInteger(value) ? value : this.#bytes.readBigInt64BE(at);
  }

  float32(): number {
    return this.#bytes.readFloatBE(this.#advance(4));
  }

  float64(): number {
    return this.#bytes.readDoubleBE(this.#advance(8));
  }

  /** A short string: up to 255 bytes of UTF-8. */
  shortString(): string {
    const size = this.uint8();
    const at = this.#advance(size);
    return this.lenient ? decodeText(this.#bytes, at, at + size) : utf8(this.#bytes, at, size);
  }

  /** A long string: any bytes. The Buffer is a view. */
  longString(): Buffer {
    return this.bytes(this.uint32());
  }

  /** A view of this many bytes. */
  bytes(size: number): Buffer {
    const at = this.#advance(size);
    return this.#bytes.subarray(at, at + size);
  }

  /** A reader of only the next bytes, for a part that starts with its length. */
  section(size: number): ByteReader {
    const at = this.#advance(size);
    return new ByteReader(this.#bytes, at, at + size, this.lenient);
  }

  #advance(size: number): number {
    const at = this.#position;
    const next = at + size;
    if (next > this.#end) throw endedEarly(size, this.#end - at);
    this.#position = next;
    return at;
  }
}

/** The error of reading beyond the end. */
export function endedEarly(wanted: number, left: number): FrameError {
  return new FrameError(replyCode.syntaxError, `${wanted} more octets expected, but only ${left} are left`);
}

/** Text of this many bytes; anything but UTF-8 is refused, because it could not be written again as it came. */
export function utf8(bytes: Buffer, start: number, size: number): string {
  const end = start + size;
  for (let at = start; at < end; at++) {
    if ((bytes[at] as number) < 0x80) continue;
    if (!isUtf8(bytes.subarray(start, end))) throw new FrameError(replyCode.syntaxError, "a short string is not UTF-8");
    return bytes.toString("utf8", start, end);
  }
  return bytes.toString("latin1", start, end);
}
