/** Runs the tools of the site, which are installed in site/ and not with the package. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** Installs the tools of the site unless they are there. */
export function installTools(site: string): void {
  if (existsSync(join(site, "node_modules/vitepress"))) return;
  process.stdout.write("Installing the tools of the site in site/node_modules.\n");
  run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], site);
}

/** The API reference, made of the docstrings. */
export function makeReference(site: string): void {
  run(process.execPath, [join(site, "node_modules/typedoc/bin/typedoc"), "--options", "typedoc.json"], site);
}

/** Builds the pages into site/dist. */
export function buildPages(site: string): void {
  run(process.execPath, [vitepress(site), "build"], site);
}

/** Serves the pages and shows changes at once, until it is stopped. */
export function servePages(site: string): void {
  const child = spawn(process.execPath, [vitepress(site), "dev"], { cwd: site, stdio: "inherit" });
  child.once("exit", (code) => process.exit(code ?? 1));
}

function vitepress(site: string): string {
  return join(site, "node_modules/vitepress/bin/vitepress.js");
}

/** @throws when the command ends with another exit code than 0 */
function run(command: string, words: readonly string[], folder: string): void {
  const { status, signal, error } = spawnSync(command, words, { cwd: folder, stdio: "inherit" });
  if (status === 0) return;
  const why = error?.message ?? (signal === null ? `exit code ${status}` : `signal ${signal}`);
  throw new Error(`"${[command, ...words].join(" ")}" failed in ${folder}: ${why}.`);
}
