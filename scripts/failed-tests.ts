// The failed tests of a long run, repeated at its end: a CI log shows the end.
import { stripVTControlCharacters } from "node:util";
import type { TestOutcome, TestResults } from "../test/support/results-reporter.ts";
import type { MatrixRow } from "./matrix-table.ts";

/** A message of a test may hold all of what a child process printed. */
const linesPerMessage = 12;

/** Each failed test of each release with its errors, and each failure outside of a test. */
export function renderFailures(rows: readonly MatrixRow[]): string {
  return rows.flatMap(({ version, run }) => (run ? failuresOf(version, run) : [])).join("\n");
}

function failuresOf(version: string, { tests, errors }: TestResults): readonly string[] {
  return [
    ...tests.filter(({ state }) => state === "failed").map((test) => renderTest(version, test)),
    ...errors.map(({ file, message }) => render(`${file || "outside of a test"} (RabbitMQ ${version})`, [message])),
  ];
}

function renderTest(version: string, { file, names, messages = [] }: TestOutcome): string {
  return render(`${[file, ...names].join(" > ")} (RabbitMQ ${version})`, messages);
}

function render(title: string, messages: readonly string[]): string {
  const lines = messages.flatMap((message) => {
    const all = stripVTControlCharacters(message).split("\n");
    return all.length > linesPerMessage ? [...all.slice(0, linesPerMessage), "..."] : all;
  });
  return [`FAILED ${title}`, ...lines.map((line) => `  ${line}`)].join("\n");
}
