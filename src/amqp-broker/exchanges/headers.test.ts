/** Headers exchanges: what agrees, and what does not. */
import { describe, expect, it } from "vitest";
import { binding, reachedBy } from "../../../test/support/bindings.ts";
import { type FieldValue, longString } from "../../amqp-wire/field-table.ts";
import { HeadersBindings } from "./headers.ts";

type Fields = Readonly<Record<string, FieldValue | string>>;

function tableOf(fields: Fields): Map<string, FieldValue> {
  return new Map(
    Object.entries(fields).map(([name, value]) => [name, typeof value === "string" ? longString(value) : value]),
  );
}

function matches(wanted: Fields, headers: Fields | undefined): boolean {
  const table = new HeadersBindings();
  table.add(binding("a", "", tableOf(wanted)));
  return reachedBy(table, "", headers && tableOf(headers)).length > 0;
}

const nothing = { type: "V" } as const;
const int = (type: "b" | "B" | "s" | "u" | "I" | "i", value: number): FieldValue => ({ type, value });

describe("HeadersBindings", () => {
  it("requires all arguments when x-match is absent", () => {
    const wanted = { color: "red", size: "L" };
    expect(matches(wanted, { color: "red", size: "L", more: "x" })).toBe(true);
    expect(matches(wanted, { color: "red" })).toBe(false);
    expect(matches(wanted, { color: "red", size: "M" })).toBe(false);
    expect(matches({ ...wanted, "x-match": "all" }, { color: "red" })).toBe(false);
  });

  it("requires one argument when x-match is any", () => {
    const wanted = { color: "red", size: "L", "x-match": "any" };
    expect(matches(wanted, { size: "L" })).toBe(true);
    expect(matches(wanted, { color: "blue", size: "L" })).toBe(true);
    expect(matches(wanted, { color: "blue" })).toBe(false);
    expect(matches(wanted, {})).toBe(false);
  });

  it("matches a message without headers only if no argument is required by x-match all", () => {
    expect(matches({}, undefined)).toBe(true);
    expect(matches({ "x-match": "all" }, undefined)).toBe(true);
    expect(matches({ "x-match": "any" }, undefined)).toBe(false);
    expect(matches({ color: "red" }, undefined)).toBe(false);
  });

  it("ignores arguments that begin with x-, except with x-match kinds that end in -with-x", () => {
    expect(matches({ "x-color": "red" }, {})).toBe(true);
    expect(matches({ "x-color": "red", "x-match": "all-with-x" }, {})).toBe(false);
    expect(matches({ "x-color": "red", "x-match": "all-with-x" }, { "x-color": "red" })).toBe(true);
    expect(matches({ "x-color": "red", "x-match": "any" }, { "x-color": "red" })).toBe(false);
    expect(matches({ "x-color": "red", "x-match": "any-with-x" }, { "x-color": "red" })).toBe(true);
  });

  it("only requires that a header exists when the argument is void", () => {
    expect(matches({ color: nothing }, { color: "red" })).toBe(true);
    expect(matches({ color: nothing }, { color: nothing })).toBe(true);
    expect(matches({ color: nothing }, { size: "L" })).toBe(false);
    expect(matches({ color: "red" }, { color: nothing })).toBe(false);
  });

  it("compares integers of any width, but never a number with a string", () => {
    expect(matches({ n: int("I", 7) }, { n: int("b", 7) })).toBe(true);
    expect(matches({ n: int("I", 7) }, { n: { type: "l", value: 7 } })).toBe(true);
    expect(matches({ n: int("I", 7) }, { n: int("B", 8) })).toBe(false);
    expect(matches({ n: int("I", 7) }, { n: "7" })).toBe(false);
    expect(matches({ n: "7" }, { n: int("I", 7) })).toBe(false);
    expect(matches({ n: int("I", 1) }, { n: { type: "t", value: true } })).toBe(false);
    const large = 2n ** 60n;
    expect(matches({ n: { type: "l", value: large } }, { n: { type: "l", value: large } })).toBe(true);
    expect(matches({ n: { type: "l", value: large } }, { n: { type: "l", value: large + 1n } })).toBe(false);
  });

  it.each<[what: string, one: FieldValue, other: FieldValue]>([
    ["texts", longString("red"), longString("blue")],
    ["bytes", { type: "x", value: Buffer.from([1]) }, { type: "x", value: Buffer.from([2]) }],
    ["truths", { type: "t", value: true }, { type: "t", value: false }],
    ["floats", { type: "d", value: 1.5 }, { type: "d", value: 2.5 }],
    ["decimals", { type: "D", scale: 1, value: 15 }, { type: "D", scale: 2, value: 15 }],
    ["lists", { type: "A", value: [longString("a")] }, { type: "A", value: [longString("b")] }],
    [
      "lists of another length",
      { type: "A", value: [longString("a")] },
      { type: "A", value: [longString("a"), nothing] },
    ],
    ["tables", { type: "F", value: tableOf({ a: "1" }) }, { type: "F", value: tableOf({ a: "2" }) }],
    ["tables with other names", { type: "F", value: tableOf({ a: "1" }) }, { type: "F", value: tableOf({ b: "1" }) }],
    ["tables of another size", { type: "F", value: tableOf({ a: "1" }) }, { type: "F", value: tableOf({}) }],
    ["strings and bytes", longString("red"), { type: "x", value: Buffer.from("red") }],
  ])("distinguishes %s, and finds equal ones equal", (_what, one, other) => {
    expect(matches({ field: one }, { field: one })).toBe(true);
    expect(matches({ field: other }, { field: other })).toBe(true);
    expect(matches({ field: one }, { field: other })).toBe(false);
    expect(matches({ field: other }, { field: one })).toBe(false);
  });

  it("compares a timestamp argument in seconds and a timestamp header in milliseconds, as numbers", () => {
    const moment = { type: "T", value: 5 } as const;
    expect(matches({ field: moment }, { field: moment })).toBe(false);
    expect(matches({ field: moment }, { field: { type: "l", value: 5 } })).toBe(true);
    expect(matches({ field: { type: "l", value: 5000 } }, { field: moment })).toBe(true);
  });

  it("treats tables as equal in any order", () => {
    const one = { type: "F", value: tableOf({ a: "1", b: "2" }) } as const;
    const other = { type: "F", value: tableOf({ b: "2", a: "1" }) } as const;
    expect(matches({ field: one }, { field: other })).toBe(true);
  });

  it("refuses an unknown x-match, and one that is not a string", () => {
    const table = new HeadersBindings();
    const refused = (kind: FieldValue) => () => table.add(binding("a", "", new Map([["x-match", kind]])));
    expect(refused(longString("some"))).toThrow(
      'PRECONDITION_FAILED - Invalid x-match field value <<"some">>; expected all, any, all-with-x, or any-with-x',
    );
    expect(refused({ type: "t", value: true })).toThrow(
      "PRECONDITION_FAILED - Invalid x-match field type bool (value true); expected longstr",
    );
    expect(reachedBy(table, "")).toEqual([]);
  });

  it("removes a binding", () => {
    const table = new HeadersBindings();
    const [one, other] = [binding("a", ""), binding("b", "")];
    table.add(one);
    table.add(other);
    table.remove(one);
    expect(reachedBy(table, "")).toEqual(["b"]);
  });
});
