/** RawBytes: no envelope at all; the body of a message is what is published and what arrives. */
import type { Envelope, ParsedMessage } from "../service/envelope.ts";
import type { ServiceInstance } from "../service/instance.ts";
import { unbuildable } from "./errors.ts";

/** Its data is bytes or text to publish, and a Buffer to handle. */
export interface RawBytesEnvelope extends Envelope<Buffer> {
  buildMessage(
    service: ServiceInstance,
    topic: string,
    data: string | Uint8Array,
    options: object,
  ): string | Uint8Array;
}

/**
 * Takes bytes (or text) to publish and hands over the body as a Buffer of its own. Carries no uuid, so duplicates are not
 * recognised. Leave the published bytes as they are until the publish has settled: they are not copied.
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
