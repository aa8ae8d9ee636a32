import { expect, it } from "vitest";
import { recordedError } from "./error-line.ts";

it("the stack of a recorded error names a class as its TypeScript file does", () => {
  const error = new Error("no");
  error.stack = "Error: no\n    at _Shop.greet (/shop/service/app.ts:6:46)";
  expect(recordedError(error).stack).toBe("Error: no\n    at Shop.greet (/shop/service/app.ts:6:46)");
});

it("the stack of a recorded error has the stacks of its causes, without passwords of URLs", () => {
  const error = new Error("no", { cause: new TypeError("cannot open amqp://user:secret@host") });
  expect(recordedError(error).stack).toMatch(
    /^Error: no\n(?:.*\n)*caused by: TypeError: cannot open amqp:\/\/user:\*\*\*@host\n +at /,
  );
});
