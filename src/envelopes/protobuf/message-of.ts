/** The type of the messages that a `protoClass` makes, whichever library it comes from. */

// biome-ignore lint/suspicious/noTsIgnore: here it is installed and no error is to be expected; elsewhere it may be missing
/** @ts-ignore The package is optional: without it these are `any`, and there are no schemas to ask about. */
import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import type { ProtoFunctions, ProtoSchema } from "./proto-class.ts";

/**
 * The message of a protobuf-es schema, the instance of a protobufjs class, or what the `decode` of ts-proto gives. `never`
 * where the type tells nothing: a schema or a `Type` that was looked up at run time.
 */
export type MessageOfProto<P> = 0 extends 1 & P
  ? never
  : P extends ProtoSchema
    ? OfSchema<P>
    : P extends abstract new (
          ...parameters: never
        ) => infer Instance
      ? Told<Instance>
      : P extends ReflectedType
        ? never
        : P extends ProtoFunctions
          ? Told<ReturnType<P["decode"]>>
          : never;

type OfSchema<P> = P extends DescMessage ? Told<MessageShape<P>> : never;

/** What protobufjs makes of a `.proto` at run time. */
interface ReflectedType {
  readonly ctor: unknown;
}

/** A message that has members of its own; `$typeName` and what begins alike is of any message. */
type Told<Message> = Exclude<keyof Message, `$${string}`> extends never ? never : Message;
