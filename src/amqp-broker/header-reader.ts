/** The eight octets that open a connection (AMQP 0-9-1, 4.2.2), wherever the chunks that bring them are cut. */
import { protocolHeader } from "../amqp-wire/constants.ts";

export class HeaderReader {
  #seen: Buffer = Buffer.alloc(0);

  /** What follows the header; undefined while it is not complete, "wrong" as soon as it cannot be one. */
  take(chunk: Buffer): Buffer | "wrong" | undefined {
    this.#seen = Buffer.concat([this.#seen, chunk]);
    const { length } = protocolHeader;
    const header = this.#seen.subarray(0, length);
    if (!header.equals(protocolHeader.subarray(0, header.length))) return "wrong";
    return header.length < length ? undefined : this.#seen.subarray(length);
  }
}
