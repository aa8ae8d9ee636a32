/** Python's form of JSON, for cases that the recorded messages do not contain. */
import { describe, expect, it } from "vitest";
import { pythonVectors, vectorValue } from "../../test/vectors/python-vectors.ts";
import { writeJson } from "./json-writing.ts";
import { pythonJsonOfLength, toPythonJson } from "./python-json.ts";

describe("toPythonJson", () => {
  for (const { name, input } of pythonVectors.json_build.cases) {
    if (!input?.python_json || name === "float integral") continue;
    it(`returns the same bytes as Python: ${name}`, () => {
      expect(toPythonJson(writeJson(vectorValue(input)))).toBe(input.python_json);
    });
  }

  it.each([
    ['{"a,b:c":"d,e: f"}', '{"a,b:c": "d,e: f"}'],
    ['["a\\",b:\\\\",1]', '["a\\",b:\\\\", 1]'],
    ["[0.0001,0.00001,0.000012345]", "[0.0001, 1e-05, 1.2345e-05]"],
    ["[1e-7,-2.5e-9,1e-10,1e+21]", "[1e-07, -2.5e-09, 1e-10, 1e+21]"],
    ["[10.00001,100000.00005]", "[10.00001, 100000.00005]"],
    ['["0.00001 e-7"]', '["0.00001 e-7"]'],
  ])("rewrites %s", (json, dump) => {
    expect(toPythonJson(json)).toBe(dump);
  });
});

describe("pythonJsonOfLength", () => {
  it("returns the string from that length on, however the length is reached", () => {
    for (const value of ["ö".repeat(10), "x".repeat(58), Array.from({ length: 20 }, () => 1), "🚀".repeat(5)]) {
      const json = JSON.stringify(value);
      const dump = toPythonJson(json);
      expect(dump).toHaveLength(value === "x".repeat(58) ? 60 : dump.length);
      expect(pythonJsonOfLength(json, dump.length)).toBe(dump);
      expect(pythonJsonOfLength(json, dump.length + 1)).toBeUndefined();
    }
  });
});
