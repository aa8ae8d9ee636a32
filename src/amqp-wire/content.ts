/** What a method carries: a content header and a body, one behind the other in memory that other contents may share. */

/** Bytes of a content header before the property flags: class id, weight and body size. */
export const contentHeaderPrefix = 12;

export class Content {
  /** Bytes of the content header's payload. */
  readonly headerSize: number;
  /** Bytes of the body. */
  readonly bodySize: number;
  readonly #memory: Buffer;
  readonly #start: number;

  /** Header and body are in `memory` from `start` to `end`, and are not changed any more. */
  constructor(memory: Buffer, headerSize: number, start = 0, end: number = memory.length) {
    this.headerSize = headerSize;
    this.bodySize = end - start - headerSize;
    this.#memory = memory;
    this.#start = start;
  }

  /** The payload of the content header frame, as a new view. */
  get header(): Buffer {
    return this.#memory.subarray(this.#start, this.#start + this.headerSize);
  }

  /** Property flags and list, as a new view: for `scanProperties` and `decodeProperties`. */
  get properties(): Buffer {
    return this.#memory.subarray(this.#start + contentHeaderPrefix, this.#start + this.headerSize);
  }

  /** The body, as a new view. */
  get body(): Buffer {
    const start = this.#start + this.headerSize;
    return this.#memory.subarray(start, start + this.bodySize);
  }
}
