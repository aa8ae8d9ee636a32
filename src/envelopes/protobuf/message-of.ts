/** The type of the messages that a `protoClass` makes, whichever library it comes from. Types of no library are needed for it. */
import type { ProtoFunctions } from "./proto-class.ts";

/**
 * The message of a generated protobuf-es schema, the instance of a protobufjs class, or what the `decode` of ts-proto gives.
 * `never` if the type says nothing: for a schema or a `Type` that was looked up at run time, and for an empty message.
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

/** By this protobuf-es knows the message's type itself: a member that generated schemas have for the compiler only. */
type GeneratedSchema<Message> =
  | { readonly $codegenv2: { readonly a: Message } }
  | { readonly $codegenv1: { readonly a: Message } };

/** A `Type` of protobufjs, made of a `.proto` at run time. */
interface LookedUp {
  readonly ctor: unknown;
}

/** A message that has members of its own: `$typeName` and its like are every message's. */
type Told<Message> = Exclude<keyof Message, `$${string}`> extends never ? never : Message;
