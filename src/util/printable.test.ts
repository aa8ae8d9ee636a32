/** Text for a terminal cannot control it. */
import { describe, expect, it } from "vitest";
import { printable, printableLines } from "./printable.ts";

describe("printable", () => {
  it("escapes line breaks, escape sequences and direction marks, and no other text", () => {
    expect(printable("a\r\n\tb\u001b[2J\u0085\u2028\u202e\u{e0001}\ud800")).toBe(
      "a\\r\\n\\tb\\u001b[2J\\u0085\\u2028\\u202e\\u{e0001}\\ud800",
    );
    expect(printable("Grüße, 你好 🎉 \\n")).toBe("Grüße, 你好 🎉 \\n");
  });
});

describe("printableLines", () => {
  it("keeps lines separate, and indents all after the first", () => {
    expect(printableLines("one\n  - two\ntomodachi: three\u001b[1A")).toBe(
      "one\n  - two\n  tomodachi: three\\u001b[1A",
    );
  });
});
