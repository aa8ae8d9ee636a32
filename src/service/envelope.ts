/** What an envelope is: it wraps a payload on the wire, and reads it again. */
import type { ServiceInstance } from "./instance.ts";

/** The result of `buildMessage`: the payload alone, or the payload with values for the properties of the message. */
export type BuiltMessage = string | Uint8Array | BuiltPayload;

/** A payload with values for the properties of the message. */
export interface BuiltPayload {
  /** The body of the message. */
  readonly payload: string | Uint8Array;
  /** The message id; it identifies duplicates. @default a new one */
  readonly messageUuid?: string | undefined;
  /** A media type such as `application/json`. @default `text/plain` for a string, `application/octet-stream` for bytes */
  readonly contentType?: string | undefined;
  /** Seconds since 1970. @default now */
  readonly timestamp?: number | undefined;
  /** Headers of the message. Headers in the publish options override them. */
  readonly headers?: Readonly<Record<string, unknown>> | undefined;
}

/** What arrived beside the payload, for envelopes that keep a part of the message there. */
export interface MessageSource {
  /** The AMQP properties that describe the body. */
  readonly properties: { readonly contentType?: string | undefined; readonly contentEncoding?: string | undefined };
  /** The headers of the message. */
  readonly headers: Readonly<Record<string, unknown>>;
}

/** The result of `parseMessage`. */
export interface ParsedMessage<Message = unknown> {
  /** The whole message; the handler finds it in `context.message`. */
  readonly message: Message;
  /**
   * What handlers receive. Set it to the message itself if a message may have a member `data` that is only a part of it.
   * @default the member `data` of the message, if it is an object that has one; otherwise the message
   */
  readonly data?: unknown;
  /** Identifies the message, to recognise duplicates. Leave it out if the payload has no id. @default none */
  readonly messageUuid?: string | undefined;
  /** When it was sent, in seconds since 1970. @default none */
  readonly timestamp?: number | undefined;
}

/**
 * Wraps what a service publishes, and reads what arrives. Any object with these methods is an envelope. Both methods may be async. (Method
 * syntax is used so that an envelope may narrow its own options.)
 */
export interface Envelope<Message = unknown, Options = object> {
  /**
   * Builds the payload. `topic` is the routing key of the publish, without prefix. `options` are the options of the publish that are not
   * AMQP's. If it throws, the publish fails.
   */
  buildMessage(
    service: ServiceInstance,
    topic: string,
    data: unknown,
    options: object,
  ): BuiltMessage | Promise<BuiltMessage>;
  /** Reads a payload. If it throws, the message is dead-lettered with this error as the reason, and never retried. */
  parseMessage(
    payload: Buffer,
    options: Options,
    source?: MessageSource,
  ): ParsedMessage<Message> | Promise<ParsedMessage<Message>>;
  /** Checks the options of one subscription. Called once for each subscription at the start. If it throws, the start fails. */
  validate?(options: Options): void;
  /** The options that this envelope accepts on a decorator. Any other name is refused. @default any name is accepted */
  readonly optionNames?: readonly string[];
}

/**
 * Options that an envelope adds to decorators of a service that uses it. Envelope modules add to it: `declare module "tomodachi" {
 * interface EnvelopeOptions { secret?: string } }`.
 */
// biome-ignore lint/suspicious/noEmptyInterface: merged into by envelope modules
export interface EnvelopeOptions {}

/** Options that an envelope adds to publishes of a service that uses it: they are passed to `buildMessage`. */
// biome-ignore lint/suspicious/noEmptyInterface: merged into by envelope modules
export interface EnvelopePublishOptions {}

/**
 * The same as `EnvelopeOptions`, for the envelopes of this package that have their own subpath. It is separate because TypeScript loses
 * what is added to a re-exported interface when the file that declares it is also extended.
 */
// biome-ignore lint/suspicious/noEmptyInterface: merged into by envelope modules
export interface OwnEnvelopeOptions {}
// biome-ignore lint/suspicious/noEmptyInterface: merged into by envelope modules
export interface OwnEnvelopePublishOptions {}

/**
 * Options of these envelopes that determine the type of a handler's data: the name of the option, and the data for the type of its value.
 * (`protoClass` is one, if `tomodachi/protobuf` is imported.)
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

/** What handlers receive with an envelope; `never` if the envelope does not know the type, like `JsonBase`. */
export type EnvelopeDataOf<E> = Known<GivenDataOf<E>> extends never ? Known<DataIn<MessageOf<E>>> : GivenDataOf<E>;

/** The type of `data` in the result of `parseMessage`. */
type GivenDataOf<E> = E extends { parseMessage(payload: never, options: never, source: never): infer Parsed }
  ? Awaited<Parsed> extends { data: infer Data }
    ? Data
    : unknown
  : unknown;

type DataIn<Message> = Message extends { readonly data: infer Data } ? Data : Message;

type Known<Data> = unknown extends Data ? never : Data;

/** The options that an envelope accepts on a decorator. */
export type OptionsOf<E> = E extends { parseMessage(payload: never, options: infer Options, source: never): unknown }
  ? IsUnsaid<Options> extends true
    ? object
    : Options
  : object;

/**
 * Whether a type of options is `any`, `unknown` or `object`, which name no option. (Not `unknown extends Options`: without
 * `strictNullChecks` that is true for every type whose members are all optional.)
 */
export type IsUnsaid<Options> = 0 extends 1 & Options ? true : [keyof Options] extends [never] ? true : false;
