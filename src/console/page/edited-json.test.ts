import { describe, expect, it } from "vitest";
import { hasFields, membersAt, withMembersAt, writtenJson } from "./edited-json.ts";

const schema = { type: "object", properties: { total: { type: "number" } } };

describe("JSON that is edited by fields", () => {
  it("changes the member that the schema describes, and keeps the rest", () => {
    const text = writtenJson({ metadata: { n: 1 }, data: { total: 5 } });
    expect(hasFields(schema, text, "data")).toBe(true);
    expect(membersAt(text, "data")).toEqual({ total: 5 });
    expect(JSON.parse(withMembersAt(text, "data", { total: 6 }))).toEqual({ metadata: { n: 1 }, data: { total: 6 } });
    expect(withMembersAt(text, undefined, { total: 7 })).toBe(writtenJson({ total: 7 }));
  });

  it("has no fields if a number would lose digits, or the text would be written in another way", () => {
    expect(hasFields(schema, '{\n  "total": 12345678901234567890\n}', undefined)).toBe(false);
    expect(hasFields(schema, '{\n  "total": 1.1e2\n}', undefined)).toBe(false);
    expect(hasFields(schema, '{"total":1}', undefined)).toBe(false);
    expect(hasFields(schema, '{\n  "total": 1\n}', undefined)).toBe(true);
  });

  it("has fields if a number only has zeros at the end of its fraction, as the time of an envelope may have", () => {
    for (const number of ["1796043022.150", "1796043022.000", "-1.10", "0.050", "100.0"])
      expect(hasFields(schema, `{\n  "total": ${number}\n}`, undefined), number).toBe(true);
    for (const value of ["1.50", 'a "1.50" b', "\\1.50"])
      expect(hasFields(schema, writtenJson({ value }), undefined), value).toBe(true);
    expect(hasFields(schema, '{\n  "total": 0.10000000000000000000\n}', undefined)).toBe(true);
    expect(hasFields(schema, '{\n  "total": 0.1000000000000000000010\n}', undefined)).toBe(false);
  });

  it("has no fields without an object, without JSON, and without members in the schema", () => {
    for (const text of ["[]", "5", "{", writtenJson({ data: [] })]) expect(hasFields(schema, text, "data")).toBe(false);
    expect(hasFields({ type: "object" }, writtenJson({}), undefined)).toBe(false);
  });
});
