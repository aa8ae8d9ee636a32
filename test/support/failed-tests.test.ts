import { describe, expect, it } from "vitest";
import { renderFailures } from "../../scripts/failed-tests.ts";
import type { MatrixRow } from "../../scripts/matrix-table.ts";
import type { ReleaseRun } from "../../scripts/release-tests.ts";

describe("the failures at the end of a run", () => {
  it("are each failed test with its messages, and each error outside of a test", () => {
    const run: ReleaseRun = {
      tests: [
        { file: "test/a.test.ts", names: ["a group", "passes"], state: "passed" },
        {
          file: "test/a.test.ts",
          names: ["a group", "fails"],
          state: "failed",
          messages: ["\u001b[31mred\u001b[39m\nb"],
        },
      ],
      errors: [
        { file: "test/b.test.ts", message: "does not load" },
        { file: "", message: "a rejection that nobody handled" },
      ],
      exitCode: 1,
      seconds: 5,
    };
    const rows: MatrixRow[] = [
      { version: "4.3.6", run },
      { version: "5.0", absence: "not to be had" },
    ];
    expect(renderFailures(rows)).toBe(
      [
        "FAILED test/a.test.ts > a group > fails (RabbitMQ 4.3.6)",
        "  red",
        "  b",
        "FAILED test/b.test.ts (RabbitMQ 4.3.6)",
        "  does not load",
        "FAILED outside of a test (RabbitMQ 4.3.6)",
        "  a rejection that nobody handled",
      ].join("\n"),
    );
  });

  it("show the beginning of a long message", () => {
    const message = Array.from({ length: 50 }, (_, at) => `line ${at}`).join("\n");
    const run: ReleaseRun = { tests: [], errors: [{ file: "test/c.test.ts", message }], exitCode: 1, seconds: 1 };
    const lines = renderFailures([{ version: "3.10.8", run }]).split("\n");
    expect(lines).toHaveLength(14);
    expect(lines.slice(-2)).toEqual(["  line 11", "  ..."]);
  });
});
