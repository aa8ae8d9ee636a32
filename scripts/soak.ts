// `npm run soak -- [--seed 1] [--broker rabbitmq|embedded] [file...]`: the long form of the fault tests, and a table of what they counted.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import type { FaultRow } from "../test/faults/support/fault-report.ts";

const usage = "npm run soak -- [--seed 1] [--broker rabbitmq|embedded] [file...]";
const columns = ["confirmed", "handled", "deadLettered", "missing", "repeated", "seconds"] as const;
const projects: Readonly<Record<string, string>> = { rabbitmq: "integration", embedded: "embedded" };

/** Runs the tests one file after another; gives vitest's exit code. */
function runTests(project: string, seed: string, report: string, files: readonly string[]): Promise<number> {
  const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
  const words = ["run", "--project", project, "--no-file-parallelism", "--testTimeout", "900000", ...files];
  const child = spawn(process.execPath, [vitest, ...words], {
    stdio: "inherit",
    env: { ...process.env, SOAK: "1", SOAK_SEED: seed, SOAK_REPORT: report },
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

function readRows(report: string): readonly FaultRow[] {
  let text = "";
  try {
    text = readFileSync(report, "utf8");
  } catch {
    // No case came to its end.
  }
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as FaultRow);
}

function tableOf(rows: readonly FaultRow[]): string {
  const width = Math.max(4, ...rows.map(({ case: name }) => name.length));
  const line = (name: string, cells: readonly string[]): string =>
    `${name.padEnd(width)}  ${cells.map((cell) => cell.padStart(12)).join("  ")}`;
  const headings = columns.map((column) => (column === "deadLettered" ? "dead-letters" : column));
  const cellsOf = (row: FaultRow): string[] =>
    columns.map((column) => (column === "seconds" ? row.seconds.toFixed(1) : String(row[column])));
  return [line("case", headings), ...rows.map((row) => line(row.case, cellsOf(row)))].join("\n");
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { seed: { type: "string", default: "1" }, broker: { type: "string", default: "rabbitmq" } },
    allowPositionals: true,
  });
  const project = projects[values.broker];
  if (project === undefined) throw new TypeError(`--broker is rabbitmq or embedded, not "${values.broker}"`);
  if (!/^\d+$/.test(values.seed)) throw new TypeError(`--seed takes a whole number, not "${values.seed}"`);
  const folder = mkdtempSync(join(tmpdir(), "tomodachi-soak-"));
  try {
    const report = join(folder, "rows");
    const code = await runTests(project, values.seed, report, positionals.length > 0 ? positionals : ["test/faults/"]);
    const rows = readRows(report);
    const missed = rows.filter(({ missing }) => missing > 0).length;
    const failed = code !== 0 || rows.length === 0 || missed > 0;
    process.stdout.write(
      `\n${tableOf(rows)}\n\nseed ${values.seed}: ${rows.length} ${rows.length === 1 ? "case" : "cases"}, ${missed} with a miss\n`,
    );
    process.stdout.write(failed ? "FAILED: see above\n" : "ok\n");
    process.exitCode = failed ? 1 : 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}\n`);
  process.exitCode = 1;
});
