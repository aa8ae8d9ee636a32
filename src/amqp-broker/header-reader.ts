/** The eight bytes that open a connection (AMQP 0-9-1, 4.2.2), cut into chunks at any position. */
import { protocolHeader } from "../amqp-wire/constants.ts";

/**
 * The headers that may open a connection. RabbitMQ accepts the header of 0-9 for 0-9-1; some clients send it, Python's among
 * them. It took the two of 0-8 as well until 4.0; a client that sends one and speaks 0-9-1 behind it is let in here.
 */
const accepted: readonly Buffer[] = [
  protocolHeader,
  Buffer.from("AMQP\x01\x01\x00\x09", "latin1"),
  Buffer.from("AMQP\x01\x01\x08\x00", "latin1"),
  Buffer.from("AMQP\x01\x01\x09\x01", "latin1"),
];

/** A header that opens no connection here. */
export interface RefusedHeader {
  /** What it probably was, for the log. */
  readonly refused: string;
}

export class HeaderReader {
  #seen: Buffer = Buffer.alloc(0);

  /** What follows the header; undefined while it is not complete; a refusal as soon as it cannot be one. */
  take(chunk: Buffer): Buffer | RefusedHeader | undefined {
    this.#seen = Buffer.concat([this.#seen, chunk]);
    const { length } = protocolHeader;
    const header = this.#seen.subarray(0, length);
    if (!accepted.some((one) => header.equals(one.subarray(0, header.length)))) {
      return { refused: describe(this.#seen.subarray(0, 16)) };
    }
    return header.length < length ? undefined : this.#seen.subarray(length);
  }
}

function describe(bytes: Buffer): string {
  const text = bytes.toString("latin1");
  if (/^(GET|HEAD|POST|PUT|DELETE|OPTIONS|PRI) /.test(text)) return "an HTTP request; this port speaks AMQP 0-9-1";
  if (bytes[0] === 0x16 && bytes[1] === 0x03) return "a TLS handshake; the embedded broker has no TLS, use amqp://";
  const octets = [...bytes.subarray(4, 8)].join(" ");
  const isNext = ["0 1 0 0", "2 1 0 0", "3 1 0 0"].includes(octets);
  if (text.startsWith("AMQP") && isNext) return `AMQP 1.0 (AMQP ${octets}); the embedded broker speaks 0-9-1 only`;
  if (text.startsWith("AMQP")) return `the protocol header AMQP ${octets}; the embedded broker speaks AMQP 0 0 9 1`;
  return `bytes that are not an AMQP protocol header (0x${bytes.subarray(0, 8).toString("hex")})`;
}
