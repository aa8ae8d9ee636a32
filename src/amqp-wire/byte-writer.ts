/** The mirror of ByteReader: AMQP's elementary types, one behind the other, in a buffer that grows. */
import { replyCode } from "./constants.ts";
import { FrameError } from "./errors.ts";
import { encodeText } from "./escaped-text.ts";

const twoTo32 = 0x1_0000_0000;
const defaultCapacity = 256;

export class ByteWriter {
  readonly #capacity: number;
  #bytes: Buffer;
  #start = 0;
  #end = 0;

  /** `capacity`: bytes of every new buffer, at least; it is made with the first write. */
  constructor(capacity: number = defaultCapacity) {
    this.#capacity = capacity;
    this.#bytes = Buffer.alloc(0);
  }

  /** Bytes written since the last `cut`. */
  get size(): number {
    return this.#end - this.#start;
  }

  /** Hands over what was written since the last cut; those bytes are never written to again. */
  cut(): Buffer {
    const written = this.#bytes.subarray(this.#start, this.#end);
    this.#start = this.#end;
    return written;
  }

  /** What was written since the last cut, to be copied before anything else is written. */
  peek(): Buffer {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  /** Takes back everything beyond `size`. */
  truncate(size: number): void {
    this.#end = Math.min(this.#end, this.#start + size);
  }

  /** Any integer of 8 bits, with a sign or without; so for all of them here. */
  uint8(value: number): void {
    const at = this.#advance(1);
    this.#bytes[at] = value;
  }

  uint16(value: number): void {
    const at = this.#advance(2);
    this.#bytes[at] = value >>> 8;
    this.#bytes[at + 1] = value;
  }

  uint32(value: number): void {
    const at = this.#advance(4);
    put32(this.#bytes, at, value);
  }

  uint64(value: number | bigint): void {
    const at = this.#advance(8);
    if (typeof value === "bigint") {
      this.#bytes.writeBigUInt64BE(BigInt.asUintN(64, value), at);
      return;
    }
    const high = Math.floor(value / twoTo32);
    put32(this.#bytes, at, high);
    put32(this.#bytes, at + 4, value - high * twoTo32);
  }

  float32(value: number): void {
    const at = this.#advance(4);
    this.#bytes.writeFloatBE(value, at);
  }

  float64(value: number): void {
    const at = this.#advance(8);
    this.#bytes.writeDoubleBE(value, at);
  }

  /** Throws FrameError where the text takes more than 255 bytes. Escaped bytes (`encodeText`) are written as they were. */
  shortString(text: string): void {
    const { length } = text;
    if (length > 255) throw tooLong(text);
    // Three bytes are the most that one UTF-16 unit takes.
    const at = this.#advance(1 + length * 3);
    const bytes = this.#bytes;
    let index = 0;
    for (; index < length; index++) {
      const unit = text.charCodeAt(index);
      if (unit >= 0x80) break;
      bytes[at + 1 + index] = unit;
    }
    const size = index === length ? length : encodeText(text).copy(bytes, at + 1);
    this.#end = at + 1 + size;
    if (size > 255) {
      this.#end = at;
      throw tooLong(text);
    }
    bytes[at] = size;
  }

  longString(value: Uint8Array): void {
    this.uint32(value.length);
    this.bytes(value);
  }

  bytes(value: Uint8Array): void {
    const at = this.#advance(value.length);
    this.#bytes.set(value, at);
  }

  /** Leaves room for a 32-bit length of what follows; hand the result to `fillLength` when it is written. */
  openLength(): number {
    return this.#advance(4) - this.#start;
  }

  /** Writes how many bytes follow the space that `openLength` reserved. */
  fillLength(mark: number): void {
    const at = this.#start + mark;
    put32(this.#bytes, at, this.#end - at - 4);
  }

  #advance(size: number): number {
    if (this.#end + size > this.#bytes.length) this.#grow(size);
    const at = this.#end;
    this.#end = at + size;
    return at;
  }

  #grow(size: number): void {
    const written = this.#end - this.#start;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.#capacity, 2 * (written + size)));
    this.#bytes.copy(grown, 0, this.#start, this.#end);
    this.#bytes = grown;
    this.#start = 0;
    this.#end = written;
  }
}

function put32(bytes: Buffer, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

function tooLong(text: string): FrameError {
  return new FrameError(
    replyCode.syntaxError,
    `a short string has at most 255 octets, and "${text.slice(0, 40)}..." has more`,
  );
}
