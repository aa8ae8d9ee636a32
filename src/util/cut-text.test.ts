import { expect, it } from "vitest";
import { cutText } from "./cut-text.ts";

it("leaves what fits as it is", () => {
  expect(cutText("åä", 4)).toBe("åä");
});

it.each([
  [7, "åä\u{1f600}".slice(0, 2)],
  [8, "åä\u{1f600}"],
  [3, "å"],
])("cuts at a character, here at %i bytes", (bytes, text) => {
  expect(cutText("åä\u{1f600}!", bytes)).toBe(text);
});
