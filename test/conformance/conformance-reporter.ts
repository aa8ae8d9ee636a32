// A vitest reporter that prints the table of both brokers and writes docs/conformance.md: `npm run conformance`.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Reporter, TestModule } from "vitest/node";
import { type FinishedCase, type ListedArea, renderReport, renderTable } from "./conformance-report.ts";
import { divergences } from "./divergences.ts";
import type {} from "./suite.ts";

const document = fileURLToPath(new URL("../../docs/conformance.md", import.meta.url));

export default class ConformanceReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const areas = listedAreas(modules);
    const finished = modules.flatMap(finishedCases);
    process.stdout.write(`\n${renderTable(areas, finished)}\n\n`);
    try {
      writeFileSync(document, renderReport(areas, finished, divergences));
      process.stdout.write("Wrote docs/conformance.md.\n");
    } catch (error) {
      process.stdout.write(`${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
}

/** From the tests, run or not: the cases themselves load only where tests run. */
function listedAreas(modules: readonly TestModule[]): ListedArea[] {
  const titles = new Map<string, Set<string>>();
  for (const module of modules) {
    for (const test of module.children.allTests()) {
      if (test.parent.type !== "suite" || test.parent.parent.type !== "suite") continue;
      const area = titles.get(test.parent.name) ?? new Set();
      titles.set(test.parent.name, area.add(test.name));
    }
  }
  return Array.from(titles, ([name, all]) => ({ name, cases: Array.from(all, (title) => ({ title })) }));
}

function finishedCases(module: TestModule): FinishedCase[] {
  const finished: FinishedCase[] = [];
  for (const test of module.children.allTests()) {
    const { conformance } = test.meta();
    if (conformance) finished.push({ ...conformance, passed: test.result().state === "passed" });
  }
  return finished;
}
