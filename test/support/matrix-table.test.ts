// The table of `npm run test:matrix`, and when it counts as a failure.
import { describe, expect, it } from "vitest";
import { type MatrixRow, renderMatrix, totalsOf } from "../../scripts/matrix-table.ts";
import type { ReleaseRun } from "../../scripts/release-tests.ts";
import type { TestOutcome } from "./results-reporter.ts";

const columns = [
  { heading: "amqp", path: "test/amqp/" },
  { heading: "faults", path: "test/faults/" },
];

function outcome(file: string, state: TestOutcome["state"] = "passed"): TestOutcome {
  return { file, names: ["a test"], state };
}

function row(version: string, run: Partial<ReleaseRun>): MatrixRow {
  return { version, run: { tests: [], errors: [], exitCode: 0, seconds: 61, ...run } };
}

const good = row("4.0.5", { tests: [outcome("test/amqp/a.test.ts"), outcome("test/faults/b.test.ts", "skipped")] });
const absent: MatrixRow = { version: "4.3", absence: "this needs root." };

describe("the table of the matrix", () => {
  it("counts each group by the paths of its files, and names what did not run", () => {
    const failing = row("4.3.6", {
      tests: [
        outcome("test/amqp/a.test.ts"),
        outcome("test/amqp-client/b.test.ts"),
        outcome("test/amqp/c.test.ts", "failed"),
      ],
      exitCode: 1,
    });
    const lines = renderMatrix(columns, [good, failing, absent]).split("\n");
    expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
      ["RabbitMQ", "amqp", "faults", "other errors", "time"],
      ["4.0.5", "1 of 1", "0 of 0, 1 skipped", "none", "1 min 1 s"],
      ["4.3.6", "1 of 2", "0 of 0", "none", "1 min 1 s"],
      ["4.3", "not run", "not run"],
    ]);
  });
});

describe("the sum of the matrix", () => {
  it("adds up every release", () => {
    const failing = row("4.3.6", { tests: [outcome("x", "failed"), outcome("x")], exitCode: 1 });
    expect(totalsOf([good, failing], { requireAll: true })).toEqual({ passed: 2, failed: 1, skipped: 1 });
  });

  it("counts errors outside of tests, and a run that failed without a message", () => {
    const errors = row("4.3.6", { errors: [{ file: "", message: "a stray rejection" }], exitCode: 1 });
    expect(totalsOf([errors], { requireAll: false })).toMatchObject({ failed: 1 });
    expect(totalsOf([row("4.3.6", { exitCode: 1 })], { requireAll: false })).toMatchObject({ failed: 1 });
  });

  it("counts a release that could not run as a failure only where it is required", () => {
    expect(totalsOf([good, absent], { requireAll: false })).toMatchObject({ failed: 0 });
    expect(totalsOf([good, absent], { requireAll: true })).toMatchObject({ failed: 1 });
  });
});
