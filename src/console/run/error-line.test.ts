import { expect, it } from "vitest";
import { recordedError } from "./error-line.ts";

it("the stack of a recorded error names a class as its TypeScript file does", () => {
  const error = new Error("no");
  error.stack = "Error: no\n    at _Shop.greet (/shop/service/app.ts:6:46)";
  expect(recordedError(error).stack).toBe("Error: no\n    at Shop.greet (/shop/service/app.ts:6:46)");
});
