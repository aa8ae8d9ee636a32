/**
 * The envelope ProtobufBase, and the options that it adds to decorators and publishes of a service which uses it.
 *
 * @module tomodachi/protobuf
 */
import type { DataLimitOptions } from "../data-limit.ts";
import type { MessageOfProto } from "./message-of.ts";
import type { ProtobufBaseOptions, ProtobufPublishOptions } from "./protobuf-base.ts";

declare module "../../service/envelope.ts" {
  interface OwnEnvelopeOptions extends ProtobufBaseOptions {}
  interface OwnEnvelopePublishOptions extends ProtobufPublishOptions {}
  interface OwnDataOptions<_Given> {
    readonly protoClass: MessageOfProto<_Given>;
  }
}

export type { MessageOfProto } from "./message-of.ts";
export type { ProtoClass, ProtoFunctions, ProtoSchema } from "./proto-class.ts";
export {
  ProtobufBase,
  type ProtobufBaseMessage,
  type ProtobufBaseOptions,
  type ProtobufPublishOptions,
} from "./protobuf-base.ts";
export type { DataLimitOptions };
