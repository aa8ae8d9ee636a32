/** Messages of ts-proto: an object of functions (`Order.encode`, `Order.decode`) for plain objects. */
import { messageOf } from "../../errors.ts";
import { unbuildable } from "../errors.ts";
import { type MessageLibrary, misfit } from "./message-type.ts";
import { misfitReadBack } from "./read-back.ts";

interface TsProtoMessage {
  readonly $type?: string;
  encode(message: object): { finish(): Uint8Array };
  decode(bytes: Uint8Array): object;
  /** Code from `outputPartialMethods=false` does not have it. */
  fromPartial?(data: object): object;
}

export const tsProtoMessages: MessageLibrary = {
  fits(value: unknown): boolean {
    const type = value as Partial<TsProtoMessage> | null | undefined;
    if (typeof type !== "object" || type === null) return false;
    return typeof type.encode === "function" && typeof type.decode === "function" && !("verify" in type);
  },

  nameOf(type: object): string {
    return (type as TsProtoMessage).$type ?? "the message of protoClass";
  },

  encode(protoClass: object, data: object): Uint8Array {
    const type = protoClass as TsProtoMessage;
    const name = tsProtoMessages.nameOf(type);
    const { $type } = data as Partial<TsProtoMessage>;
    if ($type !== undefined && type.$type !== undefined && $type !== type.$type) {
      throw unbuildable(`The data is a "${$type}" and must be a "${type.$type}".`);
    }
    const bytes = encodeWhole(type, data, name);
    const problem = misfitReadBack(data, type.decode(bytes), { name, exact: true });
    if (problem !== undefined) throw misfit(name, problem);
    return bytes;
  },

  decode(protoClass: object, bytes: Buffer): unknown {
    const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return (protoClass as TsProtoMessage).decode(plain);
  },
};

/** Fields that are not given get their defaults. Errors of generated code name no field, so this function finds the field. */
function encodeWhole(type: TsProtoMessage, data: object, name: string): Uint8Array {
  try {
    return encodePart(type, data);
  } catch (error) {
    for (const [field, value] of Object.entries(data)) {
      try {
        encodePart(type, { [field]: value });
      } catch (cause) {
        throw misfit(name, `"${field}" cannot be written (${messageOf(cause)})`, cause);
      }
    }
    throw error;
  }
}

function encodePart(type: TsProtoMessage, data: object): Uint8Array {
  const whole = type.fromPartial?.(data) ?? { ...type.decode(new Uint8Array()), ...data };
  return type.encode(whole).finish();
}
