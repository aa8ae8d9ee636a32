/** The declarations of the packed file, read as each way of importing it would read them. */
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { packageFolder } from "../cli/temporary-project.ts";

/** Node 20.19 can require ES modules, so one compiled file serves both; TypeScript gets declarations for each. */
const byDesign = ["CJSResolvesToESM", "FalseCJS"];

interface Report {
  readonly problems?: Readonly<Record<string, readonly unknown[]>>;
  readonly analysis: { readonly entrypoints: Readonly<Record<string, unknown>> };
}

it("the packed package has types that resolve for ES modules, CommonJS and bundlers", { timeout: 120_000 }, () => {
  expect(existsSync(join(packageFolder, "dist/index.d.ts")), "dist/ is missing: npm run build").toBe(true);
  const folder = mkdtempSync(join(tmpdir(), "tomodachi-attw-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  spawnSync("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], {
    cwd: packageFolder,
    shell: process.platform === "win32",
  });
  const [file = "no packed file"] = readdirSync(folder);
  const attw = join(packageFolder, "node_modules/@arethetypeswrong/cli/dist/index.js");
  // Into a file: attw exits before a pipe has taken all of its report.
  const report = join(folder, "report.json");
  const output = openSync(report, "w");
  const { stderr } = spawnSync(process.execPath, [attw, join(folder, file), "--format", "json"], {
    cwd: packageFolder,
    encoding: "utf8",
    stdio: ["ignore", output, "pipe"],
  });
  closeSync(output);
  expect(stderr).toBe("");
  const { problems, analysis } = JSON.parse(readFileSync(report, "utf8")) as Report;
  expect(Object.keys(analysis.entrypoints)).toContain("./testing");
  const kinds = Object.keys(problems ?? {});
  expect(kinds.filter((kind) => !byDesign.includes(kind))).toEqual([]);
});
