import { describe, expect, it } from "vitest";
import { type BodyChange, changedBody } from "./change-body.ts";

function changed(text: string | Buffer, ...changes: readonly BodyChange[]): string {
  const properties = {} as Parameters<typeof changedBody>[0]["properties"];
  return changedBody({ content: Buffer.from(text as string), properties }, changes).toString();
}

const body = '{"metadata":{"n":1},"data":{"total":13,"lines":[{"count":1},{"count":2}],"note":null}}';

describe("a change of several bodies", () => {
  it("sets, adds and removes members, and keeps the rest", () => {
    expect(changed(body, { path: ["data", "total"], value: 14 })).toBe(body.replace("13", "14"));
    expect(changed(body, { path: ["data", "lines", "1", "count"], value: "two" })).toBe(body.replace("2}", '"two"}'));
    expect(changed(body, { path: ["data", "kind"], value: "web" })).toContain('"note":null,"kind":"web"');
    expect(changed(body, { path: ["data", "note"], value: undefined })).not.toContain("note");
    expect(changed(body, { path: ["data", "lines", "0"], value: undefined })).toContain('"lines":[{"count":2}]');
  });

  it("is refused if it would destroy data", () => {
    expect(() => changed(body, { path: ["data", "buyer", "name"], value: 1 })).toThrow("the body has no data.buyer");
    expect(() => changed(body, { path: ["data", "lines", "7"], value: 1 })).toThrow("the body has no data.lines.7");
    expect(() => changed("plain text", { path: ["a"], value: 1 })).toThrow("not a JSON object");
    expect(() => changed(Buffer.from([255, 254]), { path: ["a"], value: 1 })).toThrow("not text");
    const long = '{"id":12345678901234567890,"total":1}';
    expect(() => changed(long, { path: ["total"], value: 2 })).toThrow("would lose its last digits");
    expect(changed('{"id":"12345678901234567890","total":1}', { path: ["total"], value: 2 })).toContain("7890");
  });

  it("cannot reach outside of the body", () => {
    expect(() => changed("{}", { path: ["__proto__", "harmed"], value: true })).toThrow("has no __proto__");
    expect(changed("{}", { path: ["__proto__"], value: { harmed: true } })).toBe('{"__proto__":{"harmed":true}}');
    expect((Object.prototype as { readonly harmed?: boolean }).harmed).toBeUndefined();
  });
});
