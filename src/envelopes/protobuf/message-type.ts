/** What ProtobufBase needs from a protobuf library. The file of each supported library implements it. */
import { type EnvelopeError, unbuildable } from "../errors.ts";

/** How to handle the messages of one library. The methods get a `protoClass` that `fits` has accepted. */
export interface MessageLibrary {
  fits(protoClass: unknown): boolean;
  /** The full name of the message, or the name of its class, for errors. */
  nameOf(protoClass: object): string;
  /** Throws an `EnvelopeError` that says what does not fit. */
  encode(protoClass: object, data: object): Uint8Array;
  /** Throws the errors of the library. */
  decode(protoClass: object, bytes: Buffer): unknown;
}

/** A `protoClass` and its library. */
export interface MessageType {
  readonly library: MessageLibrary;
  readonly protoClass: object;
}

export function nameOfType({ library, protoClass }: MessageType): string {
  return library.nameOf(protoClass);
}

/** The error for data that does not fit the message. `problem` is a whole sentence, or ends with a question. */
export function misfit(name: string, problem: string, cause?: unknown): EnvelopeError {
  return unbuildable(`The data does not fit "${name}": ${problem}${problem.endsWith("?") ? "" : "."}`, cause);
}
