import { expect, it } from "vitest";
import { cutText } from "./cut-text.ts";

it("cutText does not change a string that fits", () => {
  expect(cutText("åä", 4)).toBe("åä");
});

it.each([
  [7, "åä\u{1f600}".slice(0, 2)],
  [8, "åä\u{1f600}"],
  [3, "å"],
])("cutText cuts at a character boundary, here at %i bytes", (bytes, text) => {
  expect(cutText("åä\u{1f600}!", bytes)).toBe(text);
});
