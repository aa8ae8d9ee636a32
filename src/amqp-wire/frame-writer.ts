/** Frames to bytes: small ones are collected, large bodies are passed on unchanged. */
import { ByteWriter } from "./byte-writer.ts";
import { frameEnd, frameMinSize, frameOverhead, frameType } from "./constants.ts";
import { encodeMethod, type Method } from "./methods.ts";

/** A body from this size on is not copied: one more part for the socket costs less. */
const copyLimit = 8192;

/** The number of collected bytes from which the next frame begins a new part, so that growing never copies much. */
const partSize = 65_536;

const capacity = 16_384;

/** Class basic, and its methods that have to be fast. */
const basicClass = 60;
const publishPrefix = basicClass * 65_536 + 40;
const deliverPrefix = basicClass * 65_536 + 60;
const ackPrefix = basicClass * 65_536 + 80;

export class FrameWriter {
  /** Bytes of the largest frame that is written, with the eight around its payload. */
  frameMax: number;
  readonly #writer: ByteWriter = new ByteWriter(capacity);
  #parts: Buffer[] = [];
  #partsSize = 0;

  constructor(frameMax: number = frameMinSize) {
    this.frameMax = frameMax;
  }

  /** Bytes that `take` would hand over. */
  get size(): number {
    return this.#partsSize + this.#writer.size;
  }

  /** Throws FrameError where a field has no form on the wire; nothing is written then. */
  method(channel: number, method: Method): void {
    const start = this.#writer.size;
    try {
      const mark = this.#begin(frameType.method, channel);
      encodeMethod(this.#writer, method);
      this.#finish(mark);
    } catch (error) {
      this.#writer.truncate(start);
      throw error;
    }
  }

  /** A content header (its whole payload) and a body, cut into frames; a large body must not be changed any more. */
  content(channel: number, header: Buffer, body: Buffer): void {
    this.#frame(frameType.header, channel, header);
    this.#body(channel, body);
  }

  /** A `basic.deliver` with its content. The same as `method` and `content`, but without an object for the method. */
  delivery(
    channel: number,
    consumerTag: string,
    deliveryTag: number,
    redelivered: boolean,
    exchange: string,
    routingKey: string,
    header: Buffer,
    body: Buffer,
  ): void {
    const mark = this.#begin(frameType.method, channel);
    const writer = this.#writer;
    writer.uint32(deliverPrefix);
    writer.shortString(consumerTag);
    writer.uint64(deliveryTag);
    writer.uint8(redelivered ? 1 : 0);
    writer.shortString(exchange);
    writer.shortString(routingKey);
    this.#finish(mark);
    this.content(channel, header, body);
  }

  /**
   * A `basic.publish` with its content: the same as `method` and `content`, but without an object for the method. Takes flags
   * and property list as `encodeProperties` gives them. Throws FrameError, and writes nothing, when a name is too long.
   */
  publish(
    channel: number,
    exchange: string,
    routingKey: string,
    mandatory: boolean,
    properties: Uint8Array,
    body: Buffer,
  ): void {
    const writer = this.#writer;
    const start = writer.size;
    const mark = this.#begin(frameType.method, channel);
    writer.uint32(publishPrefix);
    writer.uint16(0);
    try {
      writer.shortString(exchange);
      writer.shortString(routingKey);
    } catch (error) {
      writer.truncate(start);
      throw error;
    }
    writer.uint8(mandatory ? 1 : 0);
    writer.fillLength(mark);
    writer.uint8(frameEnd);
    const header = this.#begin(frameType.header, channel);
    writer.uint32(basicClass * 65_536);
    writer.uint64(body.length);
    writer.bytes(properties);
    this.#finish(header);
    this.#body(channel, body);
  }

  /** A `basic.ack`, without an object for it. */
  ack(channel: number, deliveryTag: number, multiple: boolean): void {
    const mark = this.#begin(frameType.method, channel);
    this.#writer.uint32(ackPrefix);
    this.#writer.uint64(deliveryTag);
    this.#writer.uint8(multiple ? 1 : 0);
    this.#finish(mark);
  }

  heartbeat(): void {
    this.#finish(this.#begin(frameType.heartbeat, 0));
  }

  /** Everything written since the last take, in order; those bytes are never written to again. */
  take(): Buffer[] {
    this.#cut();
    const parts = this.#parts;
    this.#parts = [];
    this.#partsSize = 0;
    return parts;
  }

  #body(channel: number, body: Buffer): void {
    const most = this.frameMax - frameOverhead;
    if (body.length > 0 && body.length <= most) this.#frame(frameType.body, channel, body);
    else
      for (let at = 0; at < body.length; at += most) this.#frame(frameType.body, channel, body.subarray(at, at + most));
  }

  #frame(type: number, channel: number, payload: Buffer): void {
    const writer = this.#writer;
    writer.uint8(type);
    writer.uint16(channel);
    writer.uint32(payload.length);
    if (payload.length < copyLimit) {
      writer.bytes(payload);
    } else {
      this.#cut();
      this.#parts.push(payload);
      this.#partsSize += payload.length;
    }
    writer.uint8(frameEnd);
    if (writer.size >= partSize) this.#cut();
  }

  #begin(type: number, channel: number): number {
    this.#writer.uint8(type);
    this.#writer.uint16(channel);
    return this.#writer.openLength();
  }

  #finish(mark: number): void {
    this.#writer.fillLength(mark);
    this.#writer.uint8(frameEnd);
    if (this.#writer.size >= partSize) this.#cut();
  }

  #cut(): void {
    const { size } = this.#writer;
    if (size === 0) return;
    this.#parts.push(this.#writer.cut());
    this.#partsSize += size;
  }
}
