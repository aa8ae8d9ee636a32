import { describe, expect, it } from "vitest";
import { writtenJson } from "./edited-json.ts";
import { type Frame, frameAround, framedText, withFrame } from "./framed-member.ts";

function frameOf(text: string, member = "data"): Frame {
  const frame = frameAround(text, member);
  if (!frame) throw new Error("no frame");
  return frame;
}

describe("a member that is edited alone", () => {
  it.each([
    ["an object", { a: { b: [1, { c: "}" }] }, e: "two\nlines" }],
    ["a list", [1, [2], {}]],
    ["text with every mark of JSON", '"data": {[,:]} \\" \\'],
    ["a number", 5],
    ["null", null],
    ["an empty object", {}],
  ])("is shown as it would be written alone: %s", (_what, data) => {
    for (const body of [
      { data },
      { data, metadata: { data: 1 } },
      { metadata: { data: [2] }, data },
      { '"data"': 1, data },
    ]) {
      const text = writtenJson(body);
      const frame = frameOf(text);
      expect(framedText(frame, text)).toBe(writtenJson(data));
      const next = withFrame(frame, writtenJson({ n: [1, 2] }));
      expect(next).toBe(writtenJson({ ...body, data: { n: [1, 2] } }));
      expect(framedText(frame, next)).toBe(writtenJson({ n: [1, 2] }));
    }
  });

  it("keeps what the user types, also if it is no JSON", () => {
    const frame = frameOf(writtenJson({ metadata: 1, data: { a: 1 } }));
    for (const typed of ["", '{\n  "a": ', "\n\n   x\n", '{"a": "half', "}"]) {
      expect(framedText(frame, withFrame(frame, typed))).toBe(typed);
    }
  });

  it("keeps numbers with more digits than JavaScript has, in the member and around it", () => {
    const text = '{"id":12345678901234567890,"data":{"total":1.10},"at":1.000}';
    const frame = frameOf(text);
    expect(framedText(frame, text)).toBe('{"total":1.10}');
    expect(withFrame(frame, '{"total":98765432109876543210}')).toBe(
      '{"id":12345678901234567890,"data":{"total":98765432109876543210},"at":1.000}',
    );
  });

  it("is the last of several with the same name, and may be written with escapes", () => {
    const text = '{"data":1,"d\\u0061ta":2}';
    expect(framedText(frameOf(text), text)).toBe("2");
  });

  it("does not exist in text that is not an object, is not JSON, or has no such member", () => {
    for (const text of ["[]", '[{"data":1}]', "5", '"data"', "{", "", "{}", '{"a":{"data":1}}', '{"a":"data"}']) {
      expect(frameAround(text, "data"), text).toBeUndefined();
    }
  });
});
