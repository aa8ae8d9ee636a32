/** What ProtobufBase needs of a library's messages: the contract that each supported library's file keeps. */
import { type EnvelopeError, unbuildable } from "../errors.ts";

/** One library's way with messages. Its methods get a `protoClass` that `fits` said yes to. */
export interface MessageLibrary {
  fits(protoClass: unknown): boolean;
  /** The full name, or the class's, for error messages. */
  nameOf(protoClass: object): string;
  /** Throws an `EnvelopeError` that says what does not fit. */
  encode(protoClass: object, data: object): Uint8Array;
  /** Throws whatever the library throws. */
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

/** The error for data that is no such message. `problem` is a sentence, or ends with a question of its own. */
export function misfit(name: string, problem: string, cause?: unknown): EnvelopeError {
  return unbuildable(`The data does not fit "${name}": ${problem}${problem.endsWith("?") ? "" : "."}`, cause);
}
