/** From service files to service classes: one tomodachi in the process, TypeScript without a build step. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Logger } from "../log/logger.ts";
import type { ServiceClass } from "../service/service.ts";
import { servicesIn, withoutBases } from "./exported-services.ts";
import { typescriptExtensions } from "./find-service.ts";
import { importProblem } from "./import-problem.ts";
import { shareOwnModules } from "./shared-module.ts";

/**
 * Imports the files, in order, and takes the services that they export.
 *
 * @throws LoadError that says which file failed, where, and what to do
 */
export async function loadServices(files: readonly string[], logger: Logger): Promise<ServiceClass[]> {
  await shareOwnModules(files.some(isCommonjs) ? "all" : "main");
  await prepareTypescript(files.filter(isTypescript), logger);
  const services = new Set<ServiceClass>();
  for (const file of files) {
    for (const service of servicesIn(await importFile(file), file)) services.add(service);
  }
  return withoutBases([...services]);
}

async function importFile(file: string): Promise<object> {
  try {
    // Imported, a .cts file under tsx gets a `require` of Node's that knows no ES modules, and so none of ours.
    if (extname(file) === ".cts") return { default: createRequire(file)(file) as unknown };
    return (await import(pathToFileURL(file).href)) as object;
  } catch (error) {
    throw importProblem(file, error);
  }
}

async function prepareTypescript(files: readonly string[], logger: Logger): Promise<void> {
  if (files.length === 0) return;
  const { registerTypescript, tsconfigOf } = await import("./typescript-hooks.ts");
  const [tsconfig, ...others] = new Set(files.map(tsconfigOf));
  if (others.length > 0) {
    logger.warn(
      `One process has one tsconfig: ${tsconfig ?? "none"} is used, and ${others.map((other) => other ?? "none").join(", ")} is not. Run the services as separate processes if that matters.`,
    );
  }
  await registerTypescript(tsconfig, files[0] ?? "");
}

function isTypescript(file: string): boolean {
  return typescriptExtensions.includes(extname(file));
}

/** Whether Node takes the file for CommonJS: by its ending, or by the nearest `package.json`. */
function isCommonjs(file: string): boolean {
  const extension = extname(file);
  if (extension.startsWith(".m")) return false;
  return extension.startsWith(".c") || !inModulePackage(dirname(file));
}

function inModulePackage(folder: string): boolean {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return (manifest as { readonly type?: unknown }).type === "module";
  } catch {
    return folder !== dirname(folder) && inModulePackage(dirname(folder));
  }
}
