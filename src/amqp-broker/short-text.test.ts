/** Strings that must fit into a short string of AMQP. */
import { describe, expect, it } from "vitest";
import { ByteWriter } from "../amqp-wire/byte-writer.ts";
import { shortText } from "./short-text.ts";

describe("shortText", () => {
  it("does not change a string that fits", () => {
    for (const text of ["", "abc", "x".repeat(255), `${"x".repeat(253)}é`]) expect(shortText(text)).toBe(text);
  });

  it("cuts a longer string to 255 bytes", () => {
    expect(shortText("x".repeat(256))).toBe(`${"x".repeat(252)}...`);
  });

  it.each(["é", "€", "😀"])("cuts between characters, never inside one: %s", (character) => {
    for (let before = 0; before < 8; before++) {
      const text = `${"x".repeat(before)}${character.repeat(200)}`;
      const short = shortText(text);
      expect(text.startsWith(short.slice(0, -3)), short).toBe(true);
      expect(short).toMatch(/^x*(.)\1*\.\.\.$/u);
      const size = Buffer.byteLength(short);
      expect(size).toBeLessThanOrEqual(255);
      expect(size).toBeGreaterThan(255 - Buffer.byteLength(character));
      new ByteWriter().shortString(short);
    }
  });
});
