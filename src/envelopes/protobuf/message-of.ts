/** The message type of a `protoClass`, for every library. It needs the types of no library. */
import type { ProtoFunctions } from "./proto-class.ts";

/**
 * The message of a generated protobuf-es schema, the instance of a protobufjs class, or what the `decode` of ts-proto returns. `never` if
 * the type is unknown: for a schema or a `Type` that was looked up at run time, and for an empty message.
 */
export type MessageOfProto<P> = 0 extends 1 & P
  ? never
  : P extends GeneratedSchema<infer Message>
    ? Told<Message>
    : P extends abstract new (
          ...parameters: never
        ) => infer Message
      ? Told<Message>
      : P extends LookedUp
        ? never
        : P extends ProtoFunctions
          ? Told<ReturnType<P["decode"]>>
          : never;

/** A member that generated protobuf-es schemas have only for the compiler; it carries the type of the message. */
type GeneratedSchema<Message> =
  | { readonly $codegenv2: { readonly a: Message } }
  | { readonly $codegenv1: { readonly a: Message } };

/** A protobufjs `Type` that was made from a `.proto` file at run time. */
interface LookedUp {
  readonly ctor: unknown;
}

/** Excludes messages without members of their own: `$typeName` and the like are members of every message. */
type Told<Message> = Exclude<keyof Message, `$${string}`> extends never ? never : Message;
