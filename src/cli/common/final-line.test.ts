import { expect, it } from "vitest";
import { usageMessage } from "./end-process.ts";
import { LoadError, UsageError } from "./errors.ts";
import { errorLine, finalLine } from "./final-line.ts";

it("ends the first line with the code of the error", () => {
  const error = new LoadError("ERR_SERVICE_IMPORT", 'app.ts:2:17: Unexpected ";".\n  > 2 | const broken = (;');
  expect(finalLine(error, ["    at app.ts:2"])).toBe(
    'tomodachi: app.ts:2:17: Unexpected ";". (ERR_SERVICE_IMPORT)\n  > 2 | const broken = (;\n    at app.ts:2\n',
  );
});

it("has no code for a value that has none, and hides passwords", () => {
  expect(finalLine(new Error("no answer from amqp://me:secret@host/"))).toBe(
    "tomodachi: no answer from amqp://me:***@host/\n",
  );
});

it("names the help of a command line that was wrong", () => {
  const error = new UsageError("--yes takes no value.").of("dlq purge");
  expect(errorLine(usageMessage(error), error)).toBe(
    "tomodachi: --yes takes no value. See `tomodachi dlq purge --help`. (ERR_USAGE)\n",
  );
});
