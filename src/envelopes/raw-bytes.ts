/** RawBytes: no envelope at all. The published bytes are the body of the message. */
import type { Envelope, ParsedMessage } from "../service/envelope.ts";
import type { ServiceInstance } from "../service/instance.ts";
import { unbuildable } from "./errors.ts";

/** An envelope whose data is bytes or a string for a publish, and a Buffer for a handler. */
export interface RawBytesEnvelope extends Envelope<Buffer> {
  buildMessage(
    service: ServiceInstance,
    topic: string,
    data: string | Uint8Array,
    options: object,
  ): string | Uint8Array;
}

/**
 * Sends bytes (or a string) unchanged, and passes the body to the handler as a Buffer of its own. There is no uuid, so duplicates are not
 * recognised. Do not change the published bytes before the publish has ended: they are not copied.
 */
export const RawBytes: RawBytesEnvelope = {
  optionNames: [],

  buildMessage(_service: object, _topic: string, data: unknown): string | Uint8Array {
    if (typeof data === "string" || data instanceof Uint8Array) return data;
    const kind =
      data === null ? "null" : typeof data === "object" ? `a ${data.constructor?.name ?? "object"}` : typeof data;
    throw unbuildable(
      `RawBytes publishes a Buffer, a Uint8Array or a string, not ${kind}. Use JsonBase for other values.`,
    );
  },

  parseMessage(payload: Buffer): ParsedMessage<Buffer> {
    return { message: Buffer.from(payload) };
  },
};
