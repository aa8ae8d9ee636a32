/** Content header and body frames of one channel, put together to the content of a method (AMQP 0-9-1, 4.2.6). */
import { replyCode } from "./constants.ts";
import { Content, contentHeaderPrefix } from "./content.ts";
import { ContentTooLargeError, FrameError } from "./errors.ts";

/**
 * Small contents of a channel share memory: a million waiting messages then cost one small object each besides their bytes.
 * One that stays alone keeps the whole slab, so it is no larger than that of Node's own small Buffers.
 */
const slabSize = 8192;
const slabShare = 2048;

/** Up to this size a content gets its memory at once; a larger one grows with what has come, not with what was promised. */
const roomAtOnce = 65_536;

/** What a channel waits for. */
export type Expected = "method" | "header" | "body";

export class ContentAssembler {
  /** Bytes; a larger body is refused with ContentTooLargeError as soon as it is announced. */
  maxBodySize: number;
  #expected: Expected = "method";
  #classId = 0;
  /** Header and body, one after the other from `#start` on, as far as they have arrived. */
  #memory: Buffer | undefined;
  #start = 0;
  #size = 0;
  #headerSize = 0;
  #fullSize = 0;
  #slab: Buffer | undefined;
  #slabUsed = 0;

  constructor(maxBodySize: number = Number.MAX_SAFE_INTEGER) {
    this.maxBodySize = maxBodySize;
  }

  get expected(): Expected {
    return this.#expected;
  }

  /** A method that has content came; its header is expected next. */
  begin(classId: number): void {
    this.method();
    this.#classId = classId;
    this.#expected = "header";
  }

  /** A method frame came; throws FrameError 505 while content is expected. */
  method(): void {
    if (this.#expected !== "method") throw this.#outOfTurn();
  }

  /** Takes the payload of a content header frame; the content is complete when its body is empty. */
  header(payload: Buffer): Content | undefined {
    if (this.#expected !== "header") throw this.#outOfTurn();
    const bodySize = this.#bodySize(payload);
    this.#expected = "body";
    this.#headerSize = payload.length;
    this.#fullSize = payload.length + bodySize;
    this.#size = 0;
    this.#append(payload);
    return bodySize === 0 ? this.#complete() : undefined;
  }

  /** Takes the payload of a body frame; the content, when this was the last. */
  body(payload: Buffer): Content | undefined {
    if (this.#expected !== "body") throw this.#outOfTurn();
    const left = this.#fullSize - this.#size;
    // RabbitMQ waits for more, and refuses the next frame with this code.
    if (payload.length > left)
      throw this.#unexpected(`${payload.length} octets of body, but only ${left} were expected`);
    this.#append(payload);
    return this.#size === this.#fullSize ? this.#complete() : undefined;
  }

  #bodySize(payload: Buffer): number {
    if (payload.length < contentHeaderPrefix) {
      this.#reset();
      throw new FrameError(replyCode.frameError, `a content header of ${payload.length} octets`);
    }
    const classId = payload.readUInt16BE(0);
    if (classId !== this.#classId || payload.readUInt16BE(2) !== 0) {
      throw this.#unexpected(
        `expected content header for class ${this.#classId}, got one for class ${classId} instead`,
      );
    }
    const bodySize = payload.readUInt32BE(4) * 2 ** 32 + payload.readUInt32BE(8);
    if (bodySize <= this.maxBodySize) return bodySize;
    this.#reset();
    throw new ContentTooLargeError(bodySize, this.maxBodySize);
  }

  #append(payload: Buffer): void {
    const memory = this.#roomFor(this.#size + payload.length);
    payload.copy(memory, this.#start + this.#size);
    this.#size += payload.length;
  }

  #roomFor(size: number): Buffer {
    const memory = this.#memory;
    if (memory === undefined) return this.#firstRoom(size);
    if (memory.length - this.#start >= size) return memory;
    return this.#grow(Math.max(size, 2 * memory.length));
  }

  #firstRoom(size: number): Buffer {
    const fullSize = this.#fullSize;
    if (fullSize > slabShare) return this.#grow(Math.max(size, roomAtOnce));
    if (this.#slab === undefined || this.#slabUsed + fullSize > slabSize) {
      this.#slab = Buffer.allocUnsafeSlow(slabSize);
      this.#slabUsed = 0;
    }
    this.#memory = this.#slab;
    this.#start = this.#slabUsed;
    this.#slabUsed += fullSize;
    return this.#slab;
  }

  #grow(size: number): Buffer {
    const grown = Buffer.allocUnsafeSlow(Math.min(this.#fullSize, size));
    this.#memory?.copy(grown, 0, 0, this.#size);
    this.#memory = grown;
    this.#start = 0;
    return grown;
  }

  #complete(): Content {
    const content = new Content(this.#memory as Buffer, this.#headerSize, this.#start, this.#start + this.#fullSize);
    this.#reset();
    return content;
  }

  /** RabbitMQ's words for a frame of another kind than the one it waits for. */
  #outOfTurn(): FrameError {
    switch (this.#expected) {
      case "method":
        return this.#unexpected("expected method frame, got non method frame instead");
      case "header":
        return this.#unexpected(
          `expected content header for class ${this.#classId}, got non content header frame instead`,
        );
      case "body":
        return this.#unexpected("expected content body, got non content body frame instead");
    }
  }

  #unexpected(detail: string): FrameError {
    this.#reset();
    return new FrameError(replyCode.unexpectedFrame, detail);
  }

  #reset(): void {
    this.#expected = "method";
    this.#memory = undefined;
  }
}
