/** Data that protobuf-es would silently change or omit, at every depth. */
import { create, type DescMessage, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { fileDesc } from "@bufbuild/protobuf/codegenv2";
import {
  FileDescriptorProtoSchema,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
  timestampFromDate,
} from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "vitest";
import { ParcelSchema, PlaceSchema } from "../../../test/vectors/depot_pb.ts";
import { esMisfit } from "./es-misfit.ts";
import type { EsSchema } from "./es-schema.ts";

const parcel = ParcelSchema as unknown as EsSchema;

it.each([
  ["nothing", {}],
  ["fields that are undefined", { label: undefined }],
  [
    "every kind of field",
    { tags: ["a"], codes: [1], counts: { "": -7 }, seal: new Uint8Array(1), insured: true, handling: 2 },
  ],
  ["64-bit integers as bigint, number and text", { serial: 5n, barcode: "7" }],
  ["a number as 64-bit integer", { serial: 5 }],
  ["objects inside", { origin: { city: "x" }, stops: [{}, create(PlaceSchema)] }],
  ["a choice", { recipient: { case: "address", value: { city: "x" } } }],
  ["no choice", { recipient: { case: undefined } }],
  ["an optional field", { note: "" }],
  ["a message", create(ParcelSchema, { label: "x", recipient: { case: "email", value: "a@b" } })],
])("takes %s", (_name, data) => {
  expect(esMisfit(parcel, data)).toBeUndefined();
});

it.each([
  ["an unknown field", { lable: "x" }, 'no field "lable"; did you mean "label"?'],
  ["a field by its name in the .proto", { weight_grams: 1 }, 'no field "weight_grams"'],
  ["an unknown field inside", { origin: { cty: "x" } }, 'no field "origin.cty"; did you mean "city"?'],
  ["an unknown field in a list", { stops: [{}, { cty: "x" }] }, '"stops[1].cty"'],
  ["another message", create(PlaceSchema), 'it is a "interop.depot.Place"'],
  ["another message inside", { origin: create(ParcelSchema) }, '"origin" is a "interop.depot.Parcel"'],
  ["text for a list", { tags: "abc" }, '"tags" must be a list'],
  ["a number in a list of strings", { tags: ["a", 1] }, '"tags[1]" must be a string, but is 1'],
  ["a list for a map of numbers", { counts: ["x"] }, '"counts" must be an object'],
  ["a Map for a map", { counts: new Map([["a", 1]]) }, '"counts" must be an object'],
  ["a list for an object", { origin: [] }, '"origin" must be an object'],
  ["null for a map", { counts: null }, '"counts" must be an object'],
  ["a string in a map of numbers", { counts: { a: "1" } }, '"counts.a" must be a number'],
  ["text for a 32-bit number", { weightGrams: "5" }, '"weightGrams" must be a number'],
  ["a bigint for a 32-bit number", { weightGrams: 5n }, '"weightGrams" must be a number, but is 5n'],
  ["words for a 64-bit number", { serial: "five" }, '"serial" must be a bigint'],
  ["text for bytes", { seal: "x" }, '"seal" must be a Uint8Array'],
  ["a number for a truth", { insured: 1 }, '"insured" must be true or false'],
  ["a string for an enum", { handling: "HANDLING_COLD" }, '"handling" must be a number'],
  ["null for a string", { label: null }, '"label" must be a string, but is null'],
  ["a string for an object", { origin: "x" }, '"origin" must be an object'],
  ["a choice by the name of one case", { email: "x" }, 'no field "email"'],
  ["an invalid oneof", { recipient: "x" }, '"recipient" must be { case, value }'],
  ["an unknown case", { recipient: { case: "phone", value: "1" } }, 'one of "email", "address", but is \'phone\''],
  ["a wrong value of a case", { recipient: { case: "email", value: 5 } }, '"recipient.value" must be a string'],
])("refuses %s", (_name, data, said) => {
  expect(esMisfit(parcel, data)).toContain(said);
});

describe("well-known types", () => {
  /** A schema as buf generates it: a message with a timestamp, a wrapped string, a wrapped number, and any JSON. */
  const { messages } = fileDesc(
    toBase64({
      name: "visit.proto",
      package: "interop",
      syntax: "proto3",
      dependency: ["timestamp", "wrappers", "struct"].map((name) => `google/protobuf/${name}.proto`),
      messageType: [
        {
          name: "Visit",
          field: [
            { name: "at", number: 1, label: 1, type: 11, typeName: ".google.protobuf.Timestamp" },
            { name: "note", number: 2, label: 1, type: 11, typeName: ".google.protobuf.StringValue" },
            { name: "counts", number: 3, label: 3, type: 11, typeName: ".google.protobuf.Int32Value" },
            { name: "more", number: 4, label: 1, type: 11, typeName: ".google.protobuf.Struct" },
          ],
        },
      ],
    }),
    [file_google_protobuf_timestamp, file_google_protobuf_wrappers, file_google_protobuf_struct],
  );
  const [visit] = messages as unknown as readonly EsSchema[];
  if (!visit) throw new Error("no message");

  it("are accepted in the forms of the library", () => {
    const whole = { at: timestampFromDate(new Date(5)), note: "n", counts: [{ value: 5 }], more: { any: [1, null] } };
    expect(esMisfit(visit, whole)).toBeUndefined();
    const read = fromBinary(
      messages[0] as DescMessage,
      toBinary(messages[0] as DescMessage, create(messages[0] as DescMessage, whole)),
    );
    expect(esMisfit(visit, read)).toBeUndefined();
    expect(read).toMatchObject(whole);
  });

  it.each([
    ["a Date", { at: new Date(5) }, '"at" must be an object, such as timestampFromDate(date) returns, but is 1970'],
    ["a member that a moment has not", { at: { secnds: 5n } }, 'no field "at.secnds"; did you mean "seconds"?'],
    ["a wrapper that is not bare", { note: { value: "n" } }, '"note" must be a string'],
    ["a bare value in a list", { counts: [5] }, '"counts[0]" must be an object, but is 5'],
    ["a list for a Struct", { more: [] }, '"more" must be an object'],
  ])("are refused in any other form: %s", (_name, data, said) => {
    expect(esMisfit(visit, data)).toContain(said);
  });
});

function toBase64(file: MessageInitShape<typeof FileDescriptorProtoSchema>): string {
  return Buffer.from(toBinary(FileDescriptorProtoSchema, create(FileDescriptorProtoSchema, file))).toString("base64");
}
