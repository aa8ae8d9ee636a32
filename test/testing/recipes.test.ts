// The recipes of the guide on testing run unchanged, in their own project, under their test runner.
import { execFile } from "node:child_process";
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { packageFolder, TemporaryProject } from "../cli/temporary-project.ts";

const guide = readFileSync(join(packageFolder, "docs/guides/testing.md"), "utf8");

/** Every test of the guide that imports its runner. */
function blocksFor(runner: string): string[] {
  const blocks = Array.from(guide.matchAll(/^```ts\n([\s\S]*?)^```$/gm), ([, code = ""]) => code);
  return blocks.filter((code) => code.includes(`from "${runner}"`));
}

/** A project with the blocks as test files, and packages of this one installed. */
function projectOf(blocks: readonly string[], packages: readonly string[]): TemporaryProject {
  const files = blocks.map((code, at) => [`test/block-${at}.test.ts`, code] as const);
  const project = new TemporaryProject({ "package.json": `{ "type": "module" }`, ...Object.fromEntries(files) });
  onTestFinished(() => project.remove());
  for (const name of packages) {
    symlinkSync(join(packageFolder, "node_modules", name), join(project.folder, "node_modules", name), "junction");
  }
  return project;
}

interface Ended {
  readonly code: number;
  readonly output: string;
}

function run(cwd: string, parameters: readonly string[]): Promise<Ended> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(TOMODACHI|VITEST|TSX|NODE_)/.test(name));
  const env = { ...Object.fromEntries(inherited), NO_COLOR: "1" };
  return new Promise((resolve) => {
    execFile(process.execPath, parameters, { cwd, env }, (error, stdout, stderr) => {
      resolve({ code: error ? 1 : 0, output: `${stdout}\n${stderr}` });
    });
  });
}

beforeAll(() => {
  const built = join(packageFolder, "dist/testing/index.js");
  if (!existsSync(built)) throw new Error("There is no dist/testing: run `npm run build` first.");
});

it("the recipes of the testing guide run under vitest", async () => {
  const blocks = blocksFor("vitest");
  const { folder } = projectOf(blocks, ["vitest", "vite"]);
  const runner = join(packageFolder, "node_modules/vitest/vitest.mjs");
  const { code, output } = await run(folder, [runner, "run", "--root", folder]);
  expect(output).toMatch(/Tests +6 passed \(6\)/);
  expect([blocks.length, code]).toEqual([4, 0]);
});

it("the recipes of the testing guide run under node:test", async () => {
  const blocks = blocksFor("node:test");
  const { folder } = projectOf(blocks, ["tsx"]);
  const { code, output } = await run(folder, ["--import", "tsx", "--test", "test/block-0.test.ts"]);
  // Node 23 and later print the form for people here, others TAP.
  expect(output).toMatch(/(?:#|ℹ) pass 1\n(?:#|ℹ) fail 0/);
  expect([blocks.length, code]).toEqual([1, 0]);
});
