// What the rules of axe say of a page in a browser: https://github.com/dequelabs/axe-core
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { BrowserTab } from "./browser.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

/** What axe calls more than minor, a line each. */
export async function axeFindings({ page }: BrowserTab): Promise<readonly string[]> {
  // By the protocol of the browser: a page with a strict policy runs no other script.
  await page.evaluate(axe);
  const { violations } = (await page.evaluate("axe.run(document)")) as AxeResult;
  return violations
    .filter(({ impact }) => impact !== "minor")
    .map(({ id, impact, nodes }) => `${impact} ${id} (${nodes.length}): ${nodes[0]?.html.slice(0, 300)}`);
}
