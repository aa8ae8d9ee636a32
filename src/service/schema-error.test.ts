/** Issues as text that fits where it must fit. */
import { describe, expect, it } from "vitest";
import { issuesAsJson, issuesOf, SchemaError } from "./schema-error.ts";

describe("issuesAsJson", () => {
  it("writes each path and message completely", () => {
    const issues = [{ message: "no price", path: ["items", { key: 0 }, Symbol("price")] }, { message: "nothing" }];
    expect(JSON.parse(issuesAsJson(issues, 2000))).toEqual([
      { path: "items.0.Symbol(price)", message: "no price" },
      { path: "", message: "nothing" },
    ]);
    expect(issuesAsJson([], 2000)).toBe("[]");
  });

  it.each([40, 41, 100, 500, 2000])("stays valid JSON within %i bytes, and counts the omitted issues", (bytes) => {
    const issues = Array.from({ length: 1000 }, (_, index) => ({ message: '"é"'.repeat(500), path: [`${index}é`] }));
    const text = issuesAsJson(issues, bytes);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(bytes);
    const written = JSON.parse(text) as { readonly more?: number }[];
    expect(written.at(-1)).toEqual({ more: 1000 - (written.length - 1) });
  });

  it("accepts issues in the forms that libraries use", () => {
    const odd = [{ message: undefined, path: [null] }] as never;
    expect(JSON.parse(issuesAsJson(odd, 2000))).toEqual([{ path: "null", message: "undefined" }]);
  });
});

describe("issuesOf", () => {
  it("finds the issues of an error by its code, also from another copy of the package", () => {
    const issues = [{ message: "no" }];
    expect(issuesOf(new SchemaError("ERR_SCHEMA_REFUSED", "no", issues))).toBe(issues);
    expect(issuesOf({ code: "ERR_SCHEMA_REFUSED", issues })).toBe(issues);
    const others = [undefined, null, "no", new Error("no"), { issues }, { code: "ERR_SCHEMA_REFUSED", issues: "no" }];
    expect(others.map(issuesOf)).toEqual(others.map(() => undefined));
  });
});
