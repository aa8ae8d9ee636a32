// `npm run conformance [-- --version 4.3 ...]`: the suite on the embedded broker and on each RabbitMQ release; writes the page.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import {
  type FinishedCase,
  type ListedArea,
  renderReport,
  renderTable,
} from "../test/conformance/conformance-report.ts";
import { divergences } from "../test/conformance/divergences.ts";
import type { TestOutcome } from "../test/support/results-reporter.ts";
import { releaseOf, releases } from "./rabbitmq-versions.ts";
import { prepareRelease, type ReleaseRun, runTests } from "./release-tests.ts";

const document = fileURLToPath(new URL("../docs/conformance.md", import.meta.url));
const usage = `npm run conformance [-- --version ${releases.map((one) => one.version).join(" --version ")}]`;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { version: { type: "string", multiple: true } } });
  const versions = values.version ?? releases.map(({ version }) => version);
  for (const version of versions) releaseOf(version);
  const runs = [await runTests(undefined, ["test/conformance/embedded.test.ts"])];
  const absences: string[] = [];
  for (const version of versions) {
    const run = await runOn(version).catch((error: unknown) => String(error));
    if (typeof run === "string") absences.push(`RabbitMQ ${version}: ${run}`);
    else runs.push(run);
  }
  const tests = runs.flatMap((run) => run.tests);
  const areas = listedAreas(tests);
  const finished = tests.flatMap(finishedCases);
  process.stdout.write(`\n${renderTable(areas, finished)}\n\n`);
  const problems = [...absences, ...runs.flatMap(({ errors }) => errors.map(({ message }) => message))];
  if (problems.length > 0) throw new Error(`docs/conformance.md is not written.\n${problems.join("\n")}`);
  writeFileSync(document, renderReport(areas, finished, divergences));
  process.stdout.write(`Wrote docs/conformance.md.\n${finished.length} passed, 0 failed\n`);
}

async function runOn(version: string): Promise<ReleaseRun> {
  await prepareRelease(version);
  return runTests(version, ["test/conformance/rabbitmq.test.ts"]);
}

/** From the tests, run or not: the cases themselves load only where tests run. */
function listedAreas(tests: readonly TestOutcome[]): ListedArea[] {
  const titles = new Map<string, Set<string>>();
  for (const { names } of tests) {
    const [, area, title] = names;
    if (area !== undefined && title !== undefined) titles.set(area, (titles.get(area) ?? new Set()).add(title));
  }
  return Array.from(titles, ([name, all]) => ({ name, cases: Array.from(all, (title) => ({ title })) }));
}

function finishedCases({ conformance, state }: TestOutcome): FinishedCase[] {
  return conformance ? [{ ...conformance, passed: state === "passed" }] : [];
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}\n`);
  process.exitCode = 1;
});
