/** Turns chunks of a stream into whole frames (AMQP 0-9-1, 4.2.3), cut at any position. */
import { frameEnd, frameOverhead, frameType, replyCode } from "./constants.ts";
import { FrameError } from "./errors.ts";

/** Bytes before a payload: type, channel and size. */
const prefixSize = 7;

/** The payload may be a view of its chunk: copy it if you keep it, otherwise the whole chunk stays in memory. */
export type OnFrame = (type: number, channel: number, payload: Buffer) => void;

export class FrameReader {
  /** Bytes of the largest frame that is taken, with the eight around its payload. */
  maxFrameSize: number;
  /** Chunks not yet read; more than one only while `onFrame` pushes itself, or threw. */
  readonly #chunks: Buffer[] = [];
  /** Where to read on in the first chunk. */
  #position = 0;
  /** The beginning of a frame whose end has not come yet. */
  #held: Buffer | undefined;
  #heldSize = 0;
  /** Bytes of the held frame: those of the prefix alone while it is not complete. */
  #wanted = prefixSize;
  #isReading = false;
  #isStopped = false;

  constructor(maxFrameSize: number) {
    this.maxFrameSize = maxFrameSize;
  }

  /**
   * Hands over every frame that is now complete. Throws FrameError 501 as soon as the bytes cannot be a frame; nothing more is read
   * after that. An error of `onFrame` is passed on, and the next push continues behind that frame. A push from inside `onFrame` is
   * read after the current chunk.
   */
  push(chunk: Buffer, onFrame: OnFrame): void {
    if (this.#isStopped) return;
    this.#chunks.push(chunk);
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      for (let first = this.#chunks[0]; first !== undefined; first = this.#chunks[0]) {
        this.#read(first, onFrame);
        this.#chunks.shift();
        this.#position = 0;
      }
    } finally {
      this.#isReading = false;
    }
  }

  /** Nothing more is read, from inside `onFrame` as well: not even what was pushed already. */
  stop(): void {
    this.#isStopped = true;
    this.#held = undefined;
    this.#heldSize = 0;
    this.#wanted = prefixSize;
  }

  #read(chunk: Buffer, onFrame: OnFrame): void {
    while (!this.#isStopped && this.#position < chunk.length) {
      if (this.#heldSize > 0) {
        this.#hold(chunk);
        if (this.#heldSize === this.#wanted && this.#held) this.#release(this.#held, onFrame);
        continue;
      }
      const start = this.#position;
      const left = chunk.length - start;
      this.#checkType(chunk[start] as number);
      if (left < prefixSize) {
        this.#hold(chunk);
        continue;
      }
      const size = this.#frameSize(chunk, start);
      if (left < size) {
        this.#hold(chunk);
        continue;
      }
      this.#position = start + size;
      this.#checkEnd(chunk[start + size - 1] as number);
      const payload = chunk.subarray(start + prefixSize, start + size - 1);
      onFrame(chunk[start] as number, chunk.readUInt16BE(start + 1), payload);
    }
  }

  /** Copies the available part of the frame that began earlier, or begins here; first its prefix, then the rest. */
  #hold(chunk: Buffer): void {
    const count = Math.min(this.#wanted - this.#heldSize, chunk.length - this.#position);
    const held = this.#roomFor(this.#heldSize + count);
    chunk.copy(held, this.#heldSize, this.#position, this.#position + count);
    this.#heldSize += count;
    this.#position += count;
    if (this.#heldSize === prefixSize) this.#wanted = this.#frameSize(held, 0);
  }

  /** Grows by doubling, so that many small chunks, or a large announced size, cost no more than the bytes that arrived. */
  #roomFor(size: number): Buffer {
    const held = this.#held;
    if (held && held.length >= size) return held;
    const grown = Buffer.allocUnsafe(Math.min(this.#wanted, Math.max(size, 2 * (held?.length ?? 0))));
    held?.copy(grown, 0, 0, this.#heldSize);
    this.#held = grown;
    return grown;
  }

  #release(frame: Buffer, onFrame: OnFrame): void {
    this.#held = undefined;
    this.#heldSize = 0;
    this.#wanted = prefixSize;
    this.#checkEnd(frame[frame.length - 1] as number);
    onFrame(frame[0] as number, frame.readUInt16BE(1), frame.subarray(prefixSize, frame.length - 1));
  }

  #frameSize(bytes: Buffer, start: number): number {
    const size = bytes.readUInt32BE(start + 3) + frameOverhead;
    if (size > this.maxFrameSize) {
      throw this.#broken(`a frame of ${size} octets is larger than the ${this.maxFrameSize} agreed on`);
    }
    return size;
  }

  #checkType(type: number): void {
    if (type > frameType.body || type < frameType.method) {
      if (type !== frameType.heartbeat) throw this.#broken(`unknown frame type ${type}`);
    }
  }

  #checkEnd(end: number): void {
    if (end !== frameEnd) throw this.#broken(`a frame ends with octet ${end} instead of ${frameEnd}`);
  }

  #broken(detail: string): FrameError {
    this.stop();
    return new FrameError(replyCode.frameError, detail);
  }
}
