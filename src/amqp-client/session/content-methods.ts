/** The methods that carry a message to a client, read fast and tolerantly: names may be other than UTF-8. */
import { endedEarly } from "../../amqp-wire/byte-reader.ts";
import { replyCode } from "../../amqp-wire/constants.ts";
import { FrameError } from "../../amqp-wire/errors.ts";
import { decodeText } from "../../amqp-wire/escaped-text.ts";
import { deliverId, getOkId, returnId } from "./method-ids.ts";

/** A name that is mostly the same from message to message: it is decoded once. */
class RecentName {
  #octets: Buffer = Buffer.alloc(0);
  #text = "";

  read(bytes: Buffer, start: number, size: number): string {
    const octets = this.#octets;
    let at = octets.length === size ? 0 : size + 1;
    while (at < size && octets[at] === bytes[start + at]) at++;
    if (at === size) return this.#text;
    this.#octets = Buffer.from(bytes.subarray(start, start + size));
    this.#text = decodeText(bytes, start, start + size);
    return this.#text;
  }
}

/** The fields of the last `basic.deliver`, `basic.get-ok` or `basic.return`; overwritten by the next. */
export class ContentMethod {
  consumerTag = "";
  deliveryTag = 0;
  redelivered = false;
  exchange = "";
  routingKey = "";
  /** Of basic.return. */
  replyCode = 0;
  replyText = "";
  /** Of basic.get-ok. */
  messageCount = 0;
  readonly #consumerTags = new RecentName();
  readonly #exchanges = new RecentName();
  readonly #routingKeys = new RecentName();
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;

  /** Reads the method when it carries content to a client; false for every other. Throws FrameError when it is garbled. */
  take(id: number, payload: Buffer): boolean {
    if (id === deliverId) this.#deliver(payload);
    else if (id === getOkId) this.#getOk(payload);
    else if (id === returnId) this.#returned(payload);
    else return false;
    return true;
  }

  #deliver(payload: Buffer): void {
    this.#begin(payload);
    this.consumerTag = this.#name(this.#consumerTags);
    this.#delivery();
    this.#end();
  }

  #getOk(payload: Buffer): void {
    this.#begin(payload);
    this.#delivery();
    this.messageCount = payload.readUInt32BE(this.#take(4));
    this.#end();
  }

  #returned(payload: Buffer): void {
    this.#begin(payload);
    this.replyCode = payload.readUInt16BE(this.#take(2));
    const size = payload[this.#take(1)] as number;
    const start = this.#take(size);
    this.replyText = decodeText(payload, start, start + size);
    this.exchange = this.#name(this.#exchanges);
    this.routingKey = this.#name(this.#routingKeys);
    this.#end();
  }

  #begin(payload: Buffer): void {
    this.#bytes = payload;
    this.#at = 4;
  }

  #delivery(): void {
    const at = this.#take(8);
    this.deliveryTag = this.#bytes.readUInt32BE(at) * 0x1_0000_0000 + this.#bytes.readUInt32BE(at + 4);
    this.redelivered = ((this.#bytes[this.#take(1)] as number) & 1) !== 0;
    this.exchange = this.#name(this.#exchanges);
    this.routingKey = this.#name(this.#routingKeys);
  }

  #name(recent: RecentName): string {
    const size = this.#bytes[this.#take(1)] as number;
    return recent.read(this.#bytes, this.#take(size), size);
  }

  #take(size: number): number {
    const at = this.#at;
    if (at + size > this.#bytes.length) throw endedEarly(size, this.#bytes.length - at);
    this.#at = at + size;
    return at;
  }

  #end(): void {
    const left = this.#bytes.length - this.#at;
    if (left > 0) throw new FrameError(replyCode.syntaxError, `${left} octets after the last field of a method`);
  }
}
