/** What ProtobufBase needs from a library's messages: the contract that the file of each supported library implements. */
import { type EnvelopeError, unbuildable } from "../errors.ts";

/** How one library handles messages. Its methods get a `protoClass` that `fits` accepted. */
export interface MessageLibrary {
  fits(protoClass: unknown): boolean;
  /** The full name, or the class's, for error messages. */
  nameOf(protoClass: object): string;
  /** Throws an `EnvelopeError` that says what does not fit. */
  encode(protoClass: object, data: object): Uint8Array;
  /** Throws the errors of the library. */
  decode(protoClass: object, bytes: Buffer): unknown;
}

/** A `protoClass` that was recognised. */
export interface MessageType {
  readonly library: MessageLibrary;
  readonly protoClass: object;
}

export function nameOfType({ library, protoClass }: MessageType): string {
  return library.nameOf(protoClass);
}

/** The error for data that is not such a message. `problem` is a sentence, or ends with its own question. */
export function misfit(name: string, problem: string, cause?: unknown): EnvelopeError {
  return unbuildable(`The data does not fit "${name}": ${problem}${problem.endsWith("?") ? "" : "."}`, cause);
}
