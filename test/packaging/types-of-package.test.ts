/** The declarations of the packed file, read as each way of importing it would read them. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { packageFolder } from "../cli/temporary-project.ts";

/** Node 20.19 can require ES modules, so one compiled file serves both; TypeScript gets declarations for each. */
const byDesign = ["CJSResolvesToESM", "FalseCJS"];

it("the packed package has types that resolve for ES modules, CommonJS and bundlers", { timeout: 120_000 }, () => {
  expect(existsSync(join(packageFolder, "dist/index.d.ts")), "dist/ is missing: npm run build").toBe(true);
  const folder = mkdtempSync(join(tmpdir(), "tomodachi-attw-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const run = (command: string, args: readonly string[]) =>
    spawnSync(command, args, { cwd: packageFolder, encoding: "utf8", shell: process.platform === "win32" });
  run("npm", ["pack", "--ignore-scripts", "--pack-destination", folder]);
  const [file = "no packed file"] = readdirSync(folder);
  const attw = join(packageFolder, "node_modules/@arethetypeswrong/cli/dist/index.js");
  const args = [attw, join(folder, file), "--format", "json"];
  const { stdout, stderr } = run(process.execPath, args);
  expect(stderr).toBe("");
  const { problems, analysis } = JSON.parse(stdout) as {
    readonly problems?: Readonly<Record<string, readonly unknown[]>>;
    readonly analysis: { readonly entrypoints: Readonly<Record<string, unknown>> };
  };
  expect(Object.keys(analysis.entrypoints)).toContain("./testing");
  const kinds = Object.keys(problems ?? {});
  expect(kinds.filter((kind) => !byDesign.includes(kind))).toEqual([]);
});
