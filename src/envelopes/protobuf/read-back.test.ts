/** Data that generated code would silently change or omit, at every depth. */
import { describe, expect, it } from "vitest";
import { Parcel } from "../../../test/vectors/depot-ts-proto.ts";
import { libraryForms } from "../../../test/vectors/protobuf-vectors.ts";
import { protobufjsMessages } from "./protobufjs-messages.ts";
import { tsProtoMessages } from "./ts-proto-messages.ts";

const publish = (data: object): unknown => tsProtoMessages.encode(Parcel, data);

const place = { street: "s", city: "c", latitude: 0.1, longitude: -1 };

describe("ts-proto", () => {
  it.each([
    ["nothing", {}],
    ["fields that are undefined", { label: undefined, origin: undefined, stops: [{ city: undefined }] }],
    ["null where nothing is meant", { origin: null, note: null }],
    ["every kind of field", { tags: ["a"], codes: [1, 0], seal: new Uint8Array([1]), insured: true, handling: 2 }],
    ["values that are not sent", { label: "", weightGrams: 0, serial: 0n, tags: [], counts: {}, insured: false }],
    ["maps with any keys", { counts: { "": -7, constructor: 1, toString: 2, "1": 3 } }],
    ["bytes as a Buffer", { seal: Buffer.from("x") }],
    ["a float of 32 bits that is rounded", { ratio: 0.1 }],
    ["no number at all", { ratio: Number.NaN, price: Number.POSITIVE_INFINITY }],
    ["objects inside", { origin: {}, stops: [{}, place], address: place }],
    ["a whole message", Parcel.fromPartial({ label: "x", origin: place })],
  ])("takes %s", (_name, data) => {
    expect(() => publish(data)).not.toThrow();
  });

  it.each([
    ["an unknown field", { lable: "x" }, /no field "lable"; did you mean "label"\?$/],
    ["an unknown field inside", { origin: { cty: "x" } }, 'no field "origin.cty"; did you mean "city"?'],
    ["an unknown field in a list", { stops: [place, { cty: "x" }] }, 'no field "stops[1].cty"'],
    ["a member that every object has", { toString: 5 }, 'no field "toString"'],
    ["a number for a string", { label: 5 }, '"label" must be a string, but is 5'],
    ["a number for a string inside", { origin: { city: 5 } }, '"origin.city" must be a string, but is 5'],
    ["a number in a list of strings", { tags: ["a", 1] }, '"tags[1]" must be a string, but is 1'],
    ["a string in a map of numbers", { counts: { a: "1" } }, '"counts.a" must be a number'],
    ["a string for a list", { tags: "abc" }, '"tags" cannot be written'],
    ["a string for an object", { origin: "x" }, "\"origin\" must be an object, but is 'x'"],
    ["a string for an object in a list", { stops: ["x"] }, '"stops[0]" must be an object'],
    ["a number for a truth inside a choice", { address: { latitude: true } }, '"address.latitude" must be a number'],
    ["a Map for a map", { counts: new Map([["a", 1]]) }, '"counts" must be an object'],
    ["a moment for an object", { origin: new Date(0) }, '"origin" must be an object'],
    ["null for a string", { label: null }, '"label" must be a string, but is null'],
    ["a number for 64 bits", { serial: 5 }, '"serial" must be a bigint'],
    ["a number beyond 32 bits", { stops: [], weightGrams: 2 ** 40 }, '"weightGrams" cannot be written'],
    ["a string for a number inside", { stops: [{ latitude: "north" }] }, '"stops'],
    ["a name that no map can hold", { counts: JSON.parse('{"__proto__":1}') }, '"counts.__proto__"'],
  ])("refuses %s", (_name, data, said) => {
    expect(() => publish(data)).toThrow(said);
  });

  it("detects values that old writers truncate without an error", () => {
    const cutting = {
      ...Parcel,
      encode: () => ({ finish: () => Parcel.encode(Parcel.fromPartial({ codes: [1] })).finish() }),
    };
    expect(() => tsProtoMessages.encode(cutting, { codes: [1.5] })).toThrow('"codes[0]" is 1.5 and would be read as 1');
  });

  it("works without the partial methods", () => {
    const { encode, decode } = Parcel;
    expect(tsProtoMessages.encode({ encode, decode }, { label: "x" })).toEqual(publish({ label: "x" }));
    expect(() => tsProtoMessages.encode({ encode, decode }, { lable: "x" })).toThrow('did you mean "label"?');
  });
});

describe.each(libraryForms.filter(({ library }) => library.startsWith("protobufjs")))("$library", ({ classes }) => {
  const publishClass = (data: object): unknown =>
    protobufjsMessages.encode(classes["interop.depot.Parcel"] as unknown as object, data);

  it.each([
    ["null for a missing field", { label: null, origin: null, stops: [{ city: null }] }],
    ["the forms of numbers of 64 bits", { serial: 5, barcode: { low: 1, high: 0, unsigned: true } }],
    ["maps and lists", { counts: { a: 1, constructor: 2 }, codes: [1], tags: [] }],
    ["bytes as text or list", { seal: "AQI=" }],
    ["objects inside", { origin: place, stops: [{}], address: place }],
    ["the name of a choice", { email: "a@b", recipient: "email" }],
  ])("takes %s", (_name, data) => {
    expect(() => publishClass(data)).not.toThrow();
  });

  it.each([
    ["an unknown field", { lable: "x" }, 'no field "lable"; did you mean "label"?'],
    ["an unknown field inside", { origin: { cty: "x" } }, 'no field "origin.cty"; did you mean "city"?'],
    ["an unknown field in a list", { stops: [{ cty: "x" }] }, 'no field "stops[0].cty"'],
    ["a number that is cut", { weightGrams: 2 ** 40 }, '"weightGrams"'],
    ["a Map for a map", { counts: new Map([["a", 1]]) }, '"counts" must be an object'],
    ["a moment for an object", { origin: new Date(0) }, '"origin" must be an object'],
    ["what its verify refuses", { origin: { city: 5 } }, "city"],
  ])("refuses %s", (_name, data, said) => {
    expect(() => publishClass(data)).toThrow(said);
  });
});
