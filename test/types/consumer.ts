/** A project that uses the package as it is packed, compiled by a given compiler. */
import { execFile } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { packageFolder, TemporaryProject } from "../cli/temporary-project.ts";

/** All that the compiler prints for these files and compiler options. */
export function consumerOutput(
  files: Readonly<Record<string, string>>,
  options: Readonly<Record<string, unknown>>,
  compiler: string,
): Promise<string> {
  const compilerOptions = { target: "es2022", lib: ["es2023", "esnext.decorators", "esnext.disposable"], strict: true };
  const project = new TemporaryProject({
    ...files,
    "tsconfig.json": JSON.stringify({
      compilerOptions: { ...compilerOptions, noEmit: true, skipLibCheck: false, types: ["node"], ...options },
      include: ["*.ts"],
    }),
  });
  onTestFinished(() => project.remove());
  // Of all types that this repository has, those alone that a project must have.
  const types = "node_modules/@types/node";
  mkdirSync(join(project.folder, "node_modules/@types"));
  symlinkSync(join(packageFolder, types), join(project.folder, types), "junction");
  return new Promise((resolve) => {
    const parameters = [compiler, "-p", project.folder, "--pretty", "false"];
    execFile(process.execPath, parameters, { cwd: project.folder }, (_error, stdout) => resolve(stdout));
  });
}
