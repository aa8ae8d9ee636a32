/** The envelope contract: what wraps a payload on the wire, and how it is read again. */
import type { ServiceInstance } from "./instance.ts";

/** The result of building a message: the payload alone, or the payload with values for the message's properties. */
export type BuiltMessage = string | Uint8Array | BuiltPayload;

export interface BuiltPayload {
  readonly payload: string | Uint8Array;
  /** Becomes the message id; duplicates are recognised by it. */
  readonly messageUuid?: string | undefined;
  /** A media type such as `application/json`. @default `text/plain` for a string, `application/octet-stream` for bytes */
  readonly contentType?: string | undefined;
  /** Seconds since 1970. @default now */
  readonly timestamp?: number | undefined;
  /** Headers of the message. Headers in the publish options override them. */
  readonly headers?: Readonly<Record<string, unknown>> | undefined;
}

/** Data that arrived beside a payload, for envelopes that keep part of their message there. */
export interface MessageSource {
  readonly properties: { readonly contentType?: string | undefined; readonly contentEncoding?: string | undefined };
  readonly headers: Readonly<Record<string, unknown>>;
}

/** The result of reading a payload. */
export interface ParsedMessage<Message = unknown> {
  /** The whole message, as `context.message` has it. */
  readonly message: Message;
  /**
   * What handlers get. Give the message itself for an envelope whose messages may have a member `data` that is not all of them.
   * @default the message's member `data`, when it is an object that has one; else the message
   */
  readonly data?: unknown;
  /** Identifies the message to recognise duplicates; omit it if the payload contains no id. */
  readonly messageUuid?: string | undefined;
  /** Seconds since 1970. */
  readonly timestamp?: number | undefined;
}

/**
 * Wraps what a service publishes and reads what arrives. Any object with these methods is an envelope; both may be async.
 * (Method syntax on purpose: an envelope may narrow its own options.)
 */
export interface Envelope<Message = unknown, Options = object> {
  /** `topic` is the routing key as given to publish, without prefix; `options` are the further options of that publish. */
  buildMessage(
    service: ServiceInstance,
    topic: string,
    data: unknown,
    options: object,
  ): BuiltMessage | Promise<BuiltMessage>;
  /** Reads a payload. If it throws, the message is dead-lettered with the error as the reason, and never retried. */
  parseMessage(
    payload: Buffer,
    options: Options,
    source?: MessageSource,
  ): ParsedMessage<Message> | Promise<ParsedMessage<Message>>;
  /** Called once for each subscription at the start, with the options of the envelope. If it throws, the start fails. */
  validate?(options: Options): void;
  /** Names of the options that this envelope accepts on a decorator. @default any name is accepted */
  readonly optionNames?: readonly string[];
}

/**
 * Options that an envelope adds to decorators when only the service names it. Envelope modules merge into it:
 * `declare module "tomodachi" { interface EnvelopeOptions { secret?: string } }`.
 */
// biome-ignore lint/suspicious/noEmptyInterface: merged into by envelope modules
export interface EnvelopeOptions {}

/** The same for publishes that name no envelope: options of `buildMessage`. */
// biome-ignore lint/suspicious/noEmptyInterface: merged into by envelope modules
export interface EnvelopePublishOptions {}

/**
 * The same for the envelopes of this package that have a subpath of their own. Apart, because TypeScript loses what is merged
 * into a re-exported interface when the file that declares it is merged into as well.
 */
// biome-ignore lint/suspicious/noEmptyInterface: merged into by envelope modules
export interface OwnEnvelopeOptions {}
// biome-ignore lint/suspicious/noEmptyInterface: merged into by envelope modules
export interface OwnEnvelopePublishOptions {}

/**
 * Decorator options of these envelopes that tell what a handler's data is: the option's name, and the data by the type of what
 * was given for it. (`protoClass` is one, where `tomodachi/protobuf` is imported.)
 */
// biome-ignore lint/suspicious/noEmptyInterface: merged into by envelope modules
export interface OwnDataOptions<_Given> {}

/** The type of `context.message` with an envelope; a string without one. */
export type MessageOf<E> = [E] extends [null | undefined]
  ? string
  : E extends { parseMessage(payload: never, options: never, source: never): infer Parsed }
    ? Awaited<Parsed> extends { message: infer Message }
      ? Message
      : unknown
    : E extends null | undefined
      ? string
      : unknown;

/** What handlers get under an envelope; `never` where the envelope does not know it, as `JsonBase` does not. */
export type EnvelopeDataOf<E> = Known<GivenDataOf<E>> extends never ? Known<DataIn<MessageOf<E>>> : GivenDataOf<E>;

/** What `parseMessage` hands over as `data`. */
type GivenDataOf<E> = E extends { parseMessage(payload: never, options: never, source: never): infer Parsed }
  ? Awaited<Parsed> extends { data: infer Data }
    ? Data
    : unknown
  : unknown;

type DataIn<Message> = Message extends { readonly data: infer Data } ? Data : Message;

type Known<Data> = unknown extends Data ? never : Data;

/** The options an envelope takes on a decorator. */
export type OptionsOf<E> = E extends { parseMessage(payload: never, options: infer Options, source: never): unknown }
  ? IsUnsaid<Options> extends true
    ? object
    : Options
  : object;

/**
 * Whether a type of options is `any`, `unknown` or `object`, which name none. (Not `unknown extends Options`: where
 * `strictNullChecks` is off, that is true of every type whose members are all optional.)
 */
export type IsUnsaid<Options> = 0 extends 1 & Options ? true : [keyof Options] extends [never] ? true : false;
