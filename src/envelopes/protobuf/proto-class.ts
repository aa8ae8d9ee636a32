/** `protoClass`: which messages a handler reads or a publish writes. It has the form of the library that made them. */
import { ConfigurationError } from "../../service/errors.ts";
import { unbuildable } from "../errors.ts";
import { esMessages, requireEsRuntime } from "./es-messages.ts";
import { isEsSchema } from "./es-schema.ts";
import { hasMembers } from "./has-members.ts";
import type { MessageLibrary, MessageType } from "./message-type.ts";
import { protobufjsMessages, typeOfMessage } from "./protobufjs-messages.ts";
import { tsProtoMessages } from "./ts-proto-messages.ts";

/**
 * A message type: a protobuf-es schema (`OrderSchema`), a class or a `Type` of protobufjs, or an object of ts-proto (`Order`). It is
 * recognised by its members, not by the package that it comes from.
 */
export type ProtoClass = ProtoSchema | ProtoFunctions;

/** The members of every protobuf-es schema. */
export interface ProtoSchema {
  readonly kind: "message";
  /** The full name of the message. */
  readonly typeName: string;
  /** The fields of the message. */
  readonly fields: readonly object[];
}

/** The members of protobufjs classes and types, and of ts-proto objects. */
export interface ProtoFunctions {
  /** Encodes a message. */
  encode(message: never): { finish(): Uint8Array };
  /** Decodes a message. */
  decode(bytes: Uint8Array): object;
}

const libraries: readonly MessageLibrary[] = [esMessages, protobufjsMessages, tsProtoMessages];

const FORMS = "a protobuf-es schema (OrderSchema), a protobufjs class or Type, or a ts-proto object";

/** Throws `ERR_CONFIGURATION` when a decorator's `protoClass` is missing, is not a message type, or lacks its library. */
export function checkProtoClass(protoClass: unknown): void {
  if (protoClass === undefined) {
    throw new ConfigurationError(
      `ProtobufBase needs protoClass on each handler: ${FORMS}, as in @amqp("order.paid", { protoClass: OrderSchema }).`,
    );
  }
  if (libraryOf(protoClass) === undefined) {
    throw new ConfigurationError(`protoClass must be ${FORMS}, but is ${kindOf(protoClass)}.`);
  }
  if (isEsSchema(protoClass)) requireEsRuntime();
}

/** The type for reading; undefined if nothing can be read with this value. */
export function typeOf(protoClass: unknown): MessageType | undefined {
  const library = libraryOf(protoClass);
  return library && { library, protoClass: protoClass as object };
}

/** The type for writing: `protoClass`, or else the type that the message carries. Throws `ERR_ENVELOPE_UNBUILDABLE`. */
export function typeFor(data: unknown, protoClass: unknown): MessageType {
  if (!hasMembers(data)) {
    throw unbuildable(`ProtobufBase publishes a message, or an object together with protoClass, not ${kindOf(data)}.`);
  }
  const found = typeOf(protoClass === undefined ? typeOfMessage(data) : protoClass);
  if (found) return found;
  if (protoClass !== undefined) throw unbuildable(`protoClass must be ${FORMS}, but is ${kindOf(protoClass)}.`);
  const { $typeName } = data as { readonly $typeName?: unknown };
  const what = typeof $typeName === "string" ? `"${$typeName}"` : "the message";
  throw unbuildable(
    `The schema of ${what} is unknown. Set protoClass, as in amqpPublish(this, order, { routingKey: "order.paid", protoClass: OrderSchema }).`,
  );
}

function libraryOf(protoClass: unknown): MessageLibrary | undefined {
  return libraries.find((library) => library.fits(protoClass));
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "function") return `a function or class "${value.name}" that is not a message class`;
  if (typeof value !== "object") return `a ${typeof value}`;
  const { $typeName } = value as { readonly $typeName?: unknown };
  if (typeof $typeName === "string") return `a message of "${$typeName}"; write its schema`;
  if (typeOfMessage(value)) return "a message; write its class";
  return Array.isArray(value) ? "an array" : `an object (${value.constructor?.name ?? "without prototype"})`;
}
