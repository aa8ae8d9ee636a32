import { expect, it } from "vitest";
import { codeFrame } from "./code-frame.ts";

const source = "one();\ntwo();\n\tthree(;\nfour();\nfive();\n";

it("the code frame shows the lines around the error, and a mark below the column", () => {
  expect(codeFrame(source, 3, 8)).toBe(
    "    1 | one();\n    2 | two();\n  > 3 | \tthree(;\n      | \t      ^\n    4 | four();",
  );
});

it("the code frame ends with the file, and shows no mark without a column", () => {
  expect(codeFrame(source, 1)).toBe("  > 1 | one();\n    2 | two();");
  expect(codeFrame(source, 5)).toBe("    3 | \tthree(;\n    4 | four();\n  > 5 | five();");
});

it("the code frame is empty without source", () => {
  expect(codeFrame(source, 99)).toBe("");
  expect(codeFrame("\n\n", 1)).toBe("");
});
