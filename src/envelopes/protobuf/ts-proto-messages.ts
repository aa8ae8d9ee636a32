/** Messages of ts-proto: an object of functions (`Order.encode`, `Order.decode`) for plain objects. */
import { unbuildable } from "../errors.ts";
import { generatedMisfit } from "./generated-misfit.ts";
import type { MessageLibrary } from "./message-type.ts";

interface TsProtoMessage {
  readonly $type?: string;
  encode(message: object): { finish(): Uint8Array };
  decode(bytes: Uint8Array): object;
  /** Left out by `outputPartialMethods=false`. */
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
    const empty = type.fromPartial?.({}) ?? type.decode(new Uint8Array());
    const problem = generatedMisfit(name, empty, data);
    if (problem !== undefined) throw unbuildable(`The data does not fit: ${problem}.`);
    return type.encode(type.fromPartial?.(data) ?? { ...empty, ...data }).finish();
  },

  decode(protoClass: object, bytes: Buffer): unknown {
    const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return (protoClass as TsProtoMessage).decode(plain);
  },
};
