/** Data that protobuf-es would alter or leave out in silence, at every depth. */
import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
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
  ["a number in a list of texts", { tags: ["a", 1] }, '"tags[1]" must be a text and is 1'],
  ["a list for a map of numbers", { counts: ["x"] }, '"counts.0" must be a number'],
  ["null for a map", { counts: null }, '"counts" must be an object'],
  ["a text in a map of numbers", { counts: { a: "1" } }, '"counts.a" must be a number'],
  ["text for a 32-bit number", { weightGrams: "5" }, '"weightGrams" must be a number'],
  ["a bigint for a 32-bit number", { weightGrams: 5n }, '"weightGrams" must be a number and is 5n'],
  ["words for a 64-bit number", { serial: "five" }, '"serial" must be a bigint'],
  ["text for bytes", { seal: "x" }, '"seal" must be a Uint8Array'],
  ["a number for a truth", { insured: 1 }, '"insured" must be true or false'],
  ["a text for an enum", { handling: "HANDLING_COLD" }, '"handling" must be a number'],
  ["null for a text", { label: null }, '"label" must be a text and is null'],
  ["a text for an object", { origin: "x" }, '"origin" must be an object'],
  ["a choice by the name of one case", { email: "x" }, 'no field "email"'],
  ["a choice that is none", { recipient: "x" }, '"recipient" must be { case, value }'],
  ["an unknown case", { recipient: { case: "phone", value: "1" } }, 'one of "email", "address" and is \'phone\''],
  ["a wrong value of a case", { recipient: { case: "email", value: 5 } }, '"recipient.value" must be a text'],
])("refuses %s", (_name, data, said) => {
  expect(esMisfit(parcel, data)).toContain(said);
});
