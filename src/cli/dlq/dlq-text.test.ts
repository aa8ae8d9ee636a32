import { describe, expect, it } from "vitest";
import { printable } from "../../util/printable.ts";
import { age, bodyLines, columns, jsonText, oneLine, printableText } from "./dlq-text.ts";

describe("age", () => {
  it.each([
    [-5000, "now"],
    [400, "now"],
    [1000, "1 second ago"],
    [59_000, "59 seconds ago"],
    [60_000, "1 minute ago"],
    [7_199_000, "1 hour ago"],
    [172_800_000, "2 days ago"],
  ])("of %i ms is %s", (ms, text) => {
    expect(age(new Date(1_000_000_000_000), 1_000_000_000_000 + ms)).toBe(text);
  });
});

describe("bodyLines", () => {
  it("indents JSON, and shows other text unchanged", () => {
    expect(bodyLines(Buffer.from('{"a":[1]}'), undefined)).toEqual(["{", '  "a": [', "    1", "  ]", "}"]);
    expect(bodyLines(Buffer.from("{no json\r\n\tåäö"), undefined)).toEqual(["{no json", "  åäö"]);
  });

  it("shows binary or encoded bytes in hexadecimal", () => {
    expect(bodyLines(Buffer.from([0x1b, 0x5b, 0x41]), undefined)[0]).toMatch(/^000000 {2}1b 5b 41 +\.\[A$/);
    expect(bodyLines(Buffer.from("plain"), "gzip")[0]).toMatch(/^000000 {2}70 6c 61 69 6e +plain$/);
    expect(bodyLines(Buffer.from([0xff]), undefined)[0]).toMatch(/^000000 {2}ff/);
  });

  it("shortens a long body, and says so", () => {
    expect(bodyLines(Buffer.from("x".repeat(4007)), undefined)).toEqual(["x".repeat(4000), "... 7 characters more"]);
    expect(bodyLines(Buffer.alloc(600), undefined).at(-1)).toBe("... 88 bytes more");
  });

  it("shows nothing for an empty body", () => {
    expect(bodyLines(Buffer.alloc(0), undefined)).toEqual([]);
  });
});

it("aligns columns, without blanks at the end", () => {
  expect(columns([["1", "handler-error", "a b"], ["20", "timeout", ""], ["3"]])).toEqual([
    "1   handler-error  a b",
    "20  timeout",
    "3",
  ]);
});

it("colours columns without changing their widths", () => {
  const marked = (cell: string): string => `<${cell}>`;
  expect(
    columns(
      [
        ["1", "a", "x"],
        ["20", "bb"],
      ],
      [marked, undefined, marked],
    ),
  ).toEqual(["<1>   a   <x>", "<20>  bb"]);
});

it("an integer that JSON cannot represent is written as a string", () => {
  expect(jsonText({ a: [2n ** 60n, 1], b: null })).toBe('{"a":["1152921504606846976",1],"b":null}');
});

it("joins several lines into one", () => {
  expect(oneLine("[\n  {\n    \u001b[1m}\n]", 20)).toBe("[ { \\u001b[1m} ]");
  expect(oneLine("x".repeat(21), 20)).toBe(`${"x".repeat(17)}...`);
});

it("control characters are escaped", () => {
  expect(printable("a\u001b[2Jb\u202e")).toBe("a\\u001b[2Jb\\u202e");
  expect(printableText(Buffer.from("a\u001b[2J"))).toBeUndefined();
  expect(printableText(Buffer.from("\u009b2J"))).toBeUndefined();
  expect(printableText(Buffer.from("two\nlines\tå"))).toBe("two\nlines\tå");
});
