// Writes what became of each test as JSON, for the scripts that run the tests on several releases and sum up.
import { writeFileSync } from "node:fs";
import { relative } from "node:path";
import type { Reporter, SerializedError, TestModule } from "vitest/node";
import type { CaseResult } from "../conformance/suite.ts";

/** One test, run or skipped. */
export interface TestOutcome {
  /** From the project's root: `test/amqp/order.test.ts`. */
  readonly file: string;
  /** The names of its groups and its own, outermost first. */
  readonly names: readonly string[];
  readonly state: "passed" | "failed" | "skipped";
  /** The errors of the failed test, one entry each. */
  readonly messages?: readonly string[];
  /** Of a case of the conformance suite. */
  readonly conformance?: CaseResult;
}

/** What the file named by `TOMODACHI_TEST_RESULTS` holds. */
export interface TestResults {
  readonly tests: readonly TestOutcome[];
  /** What failed outside of a test, by the file in which it failed where that is known. */
  readonly errors: readonly { readonly file: string; readonly message: string }[];
}

export default class ResultsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const { TOMODACHI_TEST_RESULTS: path } = process.env;
    if (!path) return;
    const results: TestResults = {
      tests: modules.flatMap(outcomesOf),
      errors: [
        ...modules.flatMap(errorsOf),
        ...unhandledErrors.map(({ message }) => ({ file: "", message: String(message) })),
      ],
    };
    writeFileSync(path, JSON.stringify(results));
  }
}

function outcomesOf(module: TestModule): TestOutcome[] {
  return Array.from(module.children.allTests(), (test) => {
    const { state, errors = [] } = test.result();
    const { conformance } = test.meta();
    return {
      file: fileOf(module),
      names: namesOf(test),
      state: state === "passed" || state === "failed" ? state : "skipped",
      ...(state === "failed" && { messages: errors.map(({ message }) => String(message)) }),
      ...(conformance && { conformance }),
    };
  });
}

/** A file that does not load, and hooks that throw. */
function errorsOf(module: TestModule): { file: string; message: string }[] {
  const errors = [module, ...module.children.allSuites()].flatMap((one) => one.errors());
  return errors.map(({ message }) => ({ file: fileOf(module), message: String(message) }));
}

function fileOf(module: TestModule): string {
  return relative(process.cwd(), module.moduleId);
}

interface Named {
  readonly name: string;
  readonly parent: { readonly type: string };
}

function namesOf(test: Named): string[] {
  const names = [test.name];
  for (let { parent } = test; parent.type === "suite"; { parent } = parent as unknown as Named) {
    names.unshift((parent as unknown as Named).name);
  }
  return names;
}
