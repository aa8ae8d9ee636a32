/** Reads `tomodachi-protobuf.json`, and has its messages as each library makes them. */
import { readFileSync } from "node:fs";
import { type DescMessage, fromBinary, toBinary } from "@bufbuild/protobuf";
import protobufjs from "protobufjs";
import type { ProtoClass } from "../../src/envelopes/protobuf/proto-class.ts";
import { BlankSchema, ParcelSchema, PlaceSchema } from "./depot_pb.ts";
import { interop } from "./depot-pbjs.js";
import { Blank, Parcel, Place } from "./depot-ts-proto.ts";
import type { Tagged } from "./python-vectors.ts";

/** A message, by its canonical JSON or (large ones) by its hash alone. */
export interface MessageVector {
  readonly message: string;
  readonly serialized_length: number;
  readonly serialized_sha256: string;
  readonly serialized_base64?: string;
  readonly canonical_json_camel?: object;
  readonly canonical_json_with_defaults?: object;
}

export type DataVector =
  | ({ readonly kind: "message" } & MessageVector)
  | { readonly kind: "bytes"; readonly length: number; readonly sha256: string; readonly hex?: string };

export interface ParsedProtobufVector {
  readonly service: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, Tagged | string>>;
  readonly message_uuid: string;
  readonly timestamp: Tagged;
  readonly data: DataVector;
}

export interface ProtobufCase {
  readonly name: string;
  readonly topic: string;
  readonly service: { readonly name: string; readonly uuid: string };
  readonly input: MessageVector;
  readonly payload: string;
  readonly parsed: ParsedProtobufVector;
}

export interface ProtobufVectors {
  readonly cases: readonly ProtobufCase[];
  readonly parse_only: readonly {
    readonly name: string;
    readonly payload: string;
    readonly proto_class: string | null;
    readonly result?: ParsedProtobufVector;
    readonly error?: object;
  }[];
  readonly validators: readonly {
    readonly name: string;
    readonly payload: string;
    readonly proto_class: string | null;
    readonly result?: "message" | "bytes";
    readonly error?: object;
    readonly validator_was_called_with: readonly string[];
  }[];
  readonly registration_checks: readonly { readonly name: string; readonly accepted: boolean }[];
  readonly build_errors: readonly { readonly name: string }[];
  readonly service_variants: readonly {
    readonly name: string;
    readonly service_attributes: Readonly<Record<string, unknown>>;
    readonly payload: string;
    readonly service: object;
    readonly message_uuid_prefix: string;
  }[];
}

export const protobufVectors: ProtobufVectors = (
  JSON.parse(readFileSync(new URL("./tomodachi-protobuf.json", import.meta.url), "utf8")) as ProtobufVectors
);

/** `protoClass` by a message's full name, in one library's form. */
export interface LibraryForm {
  readonly library: string;
  /** Writes the same bytes as Python. ts-proto leaves out an empty key of a map, which means the same. */
  readonly exact: boolean;
  readonly classes: Readonly<Record<string, ProtoClass>>;
}

export const schemas: Readonly<Record<string, DescMessage>> = {
  "interop.depot.Parcel": ParcelSchema,
  "interop.depot.Place": PlaceSchema,
  "interop.depot.Blank": BlankSchema,
};

const { root } = protobufjs.parse(readFileSync(new URL("./depot.proto", import.meta.url), "utf8"));
root.resolveAll();

function byName<T>(of: (name: string) => T): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.keys(schemas).map((name) => [name, of(name)]));
}

export const libraryForms: readonly LibraryForm[] = [
  { library: "protobuf-es", exact: true, classes: schemas },
  { library: "protobufjs (generated)", exact: true, classes: byName((name) => interop.depot[lastOf(name)]) },
  { library: "protobufjs (type)", exact: true, classes: byName((name) => root.lookupType(name)) },
  { library: "protobufjs (class)", exact: true, classes: byName((name) => root.lookupType(name).ctor as unknown as ProtoClass) },
  { library: "ts-proto", exact: false, classes: byName((name) => ({ Parcel, Place, Blank })[lastOf(name)]) },
];

function lastOf(name: string): "Parcel" | "Place" | "Blank" {
  return name.replace("interop.depot.", "") as "Parcel" | "Place" | "Blank";
}

/** The bytes as Python writes them: the same message, in the order of its fields. */
export function normalForm(name: string, bytes: Uint8Array): Uint8Array {
  const schema = schemas[name];
  if (!schema) throw new Error(`there is no schema of ${name}`);
  return toBinary(schema, fromBinary(schema, bytes));
}
