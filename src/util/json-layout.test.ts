import { describe, expect, it } from "vitest";
import { compactJson, indentedJson, isJsonText } from "./json-layout.ts";

describe("JSON for an editor", () => {
  it.each([
    ['{"a":1,"b":[true,null],"c":{}}', '{\n  "a": 1,\n  "b": [\n    true,\n    null\n  ],\n  "c": {}\n}\n'],
    ["[]", "[]\n"],
    ['[ [ ] , { "x" : "a\\"b{" } ]', '[\n  [],\n  {\n    "x": "a\\"b{"\n  }\n]\n'],
  ])("lays out %s as JSON.stringify does", (text, laidOut) => {
    expect(indentedJson(text)).toBe(laidOut);
    expect(laidOut).toBe(`${JSON.stringify(JSON.parse(text), undefined, 2)}\n`);
  });

  it("keeps numbers and strings as they are written", () => {
    const text = '{"id":12345678901234567890,"price":1.10,"e":1E+2,"s":"\\u00e5 \\/ \\\\","again":1,"again":2}';
    expect(compactJson(indentedJson(text) ?? "")).toBe(text);
  });

  it("returns undefined for a string that is not an object or a list", () => {
    for (const text of ["5", '"a"', "", "{broken", '{"a":1}}']) expect(indentedJson(text)).toBeUndefined();
    expect(isJsonText("{broken")).toBe(false);
  });
});
