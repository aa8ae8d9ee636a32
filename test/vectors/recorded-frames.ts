/** Reads `amqp-frames.json`: what amqplib and RabbitMQ said to each other, frame by frame. */
import { readFileSync } from "node:fs";

/** A value as amqplib decodes it; octets as `{ octets: hex }`. */
export type Decoded = Readonly<Record<string, unknown>>;

export interface RecordedFrame {
  readonly scene: string;
  readonly from: "client" | "broker";
  /** The whole frame, with its end. */
  readonly bytes: Buffer;
  /** amqplib's name of the method in a method frame: `QueueDeclareOk`. */
  readonly method?: string;
  readonly fields?: Decoded;
  /** In a content header frame. */
  readonly bodySize?: number;
  readonly properties?: Decoded;
}

interface File {
  readonly frames: readonly (Omit<RecordedFrame, "bytes"> & { readonly hex: string })[];
}

/** Every recorded frame once, in the order of the recording. */
export function readRecordedFrames(): readonly RecordedFrame[] {
  const file = JSON.parse(readFileSync(new URL("amqp-frames.json", import.meta.url), "utf8")) as File;
  return file.frames.map(({ hex, ...rest }) => ({ ...rest, bytes: Buffer.from(hex, "hex") }));
}
