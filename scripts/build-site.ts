// npm run docs [-- --no-reference]: builds the documentation site into site/dist. `npm run docs:dev` serves it while somebody writes.
import { readFileSync, rmSync, watch } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { sections } from "../site/.vitepress/sections.mjs";
import { collectPages } from "./site/collect.ts";
import { writeLlms } from "./site/llms.ts";
import { buildPages, installTools, makeReference, servePages } from "./site/tools.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const site = join(root, "site");
const pages = join(site, "pages");
const { values } = parseArgs({
  options: { dev: { type: "boolean", default: false }, reference: { type: "boolean", default: true } },
  allowNegative: true,
});

installTools(site);
rmSync(pages, { recursive: true, force: true });
if (values.reference) makeReference(site);
collect();
if (values.dev) {
  // VitePress watches site/pages; a change of a document is collected again.
  for (const folder of ["docs", "CHANGELOG.md"]) watch(join(root, folder), { recursive: folder === "docs" }, collect);
  servePages(site);
} else {
  buildPages(site);
  process.stdout.write("The site is in site/dist. `cd site && npx vitepress preview` serves it.\n");
}

function collect(): void {
  collectPages(root, pages);
  const { description } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly description: string;
  };
  writeLlms(pages, sections, description);
}
