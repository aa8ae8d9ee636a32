// The table at the end of `npm run test:matrix`: releases by rows, groups of tests by columns; and the sum of it.
import type { ReleaseRun } from "./release-tests.ts";

/** A group of tests: everything whose file's path begins so. */
export interface MatrixColumn {
  readonly heading: string;
  readonly path: string;
}

/** One release: the result of its run, or why there was none. */
export type MatrixRow =
  | { readonly version: string; readonly run: ReleaseRun; readonly absence?: undefined }
  | { readonly version: string; readonly absence: string; readonly run?: undefined };

export interface MatrixTotals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

type Counts = Record<"passed" | "failed" | "skipped", number>;

/** A cell says how many of how many passed; skipped tests are counted separately. */
export function renderMatrix(columns: readonly MatrixColumn[], rows: readonly MatrixRow[]): string {
  const lines = rows.map((row) => [row.version, ...cellsOf(row, columns)]);
  const all = [["RabbitMQ", ...columns.map(({ heading }) => heading), "other errors", "time"], ...lines];
  const widths = all[0]?.map((_, at) => Math.max(...all.map((cells) => cells[at]?.length ?? 0))) ?? [];
  return all
    .map((cells) =>
      cells
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** A run that failed without a failed test has one failure; with `requireAll`, so has a release that could not be run. */
export function totalsOf(rows: readonly MatrixRow[], { requireAll }: { readonly requireAll: boolean }): MatrixTotals {
  const totals: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { run } of rows) {
    if (!run) {
      if (requireAll) totals.failed++;
      continue;
    }
    const counts = countsOf(run.tests);
    const failed = counts.failed + run.errors.length;
    totals.passed += counts.passed;
    totals.skipped += counts.skipped;
    totals.failed += failed === 0 && run.exitCode !== 0 ? 1 : failed;
  }
  return totals;
}

function cellsOf({ run }: MatrixRow, columns: readonly MatrixColumn[]): readonly string[] {
  if (!run) return [...columns.map(() => "not run"), "", ""];
  const cells = columns.map(({ path }) => cellOf(countsOf(run.tests.filter(({ file }) => file.startsWith(path)))));
  const minutes = `${Math.floor(run.seconds / 60)} min ${run.seconds % 60} s`;
  return [...cells, run.errors.length === 0 ? "none" : String(run.errors.length), minutes];
}

function cellOf({ passed, failed, skipped }: Counts): string {
  const cell = `${passed} of ${passed + failed}`;
  return skipped === 0 ? cell : `${cell}, ${skipped} skipped`;
}

function countsOf(tests: ReleaseRun["tests"]): Counts {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { state } of tests) counts[state]++;
  return counts;
}
