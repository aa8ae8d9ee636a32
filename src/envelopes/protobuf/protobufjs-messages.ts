/** Messages of protobufjs: a generated class, a class of a reflected type, or the reflected type itself. */
import { unbuildable } from "../errors.ts";
import { type MessageLibrary, misfit } from "./message-type.ts";
import { misfitReadBack } from "./read-back.ts";

/** The functions that a class has as statics and a reflected type as methods. */
interface ProtobufjsType {
  readonly name?: string;
  /** The class of a reflected type. */
  readonly ctor?: { readonly prototype: object };
  readonly prototype?: object;
  /** The type of a class that was made from a reflected type. */
  readonly $type?: { readonly fullName?: string };
  readonly fullName?: string;
  encode(message: object): { finish(): Uint8Array };
  decode(bytes: Uint8Array): object;
  /** Returns what does not fit, or null. Code from `pbjs --no-verify` does not have it. */
  verify?(message: object): string | null;
}

export const protobufjsMessages: MessageLibrary = {
  fits(value: unknown): boolean {
    const type = value as Partial<ProtobufjsType> | null | undefined;
    const isType = typeof type === "function" || (typeof type === "object" && type !== null && "verify" in type);
    return isType && typeof type.encode === "function" && typeof type.decode === "function";
  },

  nameOf(type: object): string {
    const { fullName, $type, name } = type as ProtobufjsType;
    return (fullName ?? $type?.fullName ?? name ?? "the message of protoClass").replace(/^\./, "");
  },

  encode(protoClass: object, data: object): Uint8Array {
    const type = protoClass as ProtobufjsType;
    const name = protobufjsMessages.nameOf(type);
    const empty = type.ctor?.prototype ?? type.prototype;
    const foreign = otherType(data, empty);
    if (foreign !== undefined) throw unbuildable(`The data is a "${foreign}" and must be a "${name}".`);
    const refused = type.verify?.(data);
    if (refused) throw misfit(name, refused);
    const bytes = type.encode(data).finish();
    const problem = misfitReadBack(data, type.decode(bytes), { name, exact: false });
    if (problem !== undefined) throw misfit(name, problem);
    return bytes;
  },

  decode(protoClass: object, bytes: Buffer): unknown {
    return (protoClass as ProtobufjsType).decode(bytes);
  },
};

/** The type that a message carries; undefined for plain objects and for messages of other libraries. */
export function typeOfMessage(data: object): object | undefined {
  const type = (data as { readonly $type?: unknown }).$type;
  if (protobufjsMessages.fits(type)) return type as object;
  return protobufjsMessages.fits(data.constructor) ? data.constructor : undefined;
}

/** The name of the type of a message that has another type. */
function otherType(data: object, prototype: object | undefined): string | undefined {
  const type = typeOfMessage(data);
  if (type === undefined || prototype === undefined || Object.getPrototypeOf(data) === prototype) return undefined;
  return protobufjsMessages.nameOf(type);
}
