/** Creates service instances from service files: with one tomodachi in the process, and TypeScript without a build step. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Logger } from "../../log/logger.ts";
import { createServices, type NamedSource } from "../../service/create-services.ts";
import type { Service } from "../../service/service.ts";
import { systemClock } from "../../util/clock.ts";
import { within } from "../../util/within.ts";
import { LoadError } from "../common/errors.ts";
import { servicesIn, withoutBases } from "./exported-services.ts";
import { typescriptExtensions } from "./find-service.ts";
import { shareOwnModules } from "./shared-module.ts";

/** How long a file may take to load, in milliseconds. A file with a top-level await that never ends is reported by name. */
const importMs = 60_000;

/**
 * Imports the files in their order, and creates the services that they export.
 *
 * @throws LoadError that says which file failed, where, and what to do
 * @throws ServiceError if a service cannot be created
 */
export async function loadServices(files: readonly string[], logger: Logger): Promise<Service[]> {
  await shareOwnModules(files.some(isCommonjs) ? "all" : "main");
  await prepareTypescript(files.filter(isTypescript), logger);
  const sources: NamedSource[] = [];
  for (const file of files) {
    sources.push(...servicesIn(await within(importFile(file), importMs, systemClock, () => lateImport(file)), file));
  }
  return createServices(withoutBases(sources));
}

/** Loads one file that exports no services, as TypeScript or JavaScript. @throws LoadError */
export async function loadModule(file: string, logger: Logger): Promise<object> {
  await prepareTypescript([file].filter(isTypescript), logger);
  return within(importFile(file), importMs, systemClock, () => lateImport(file));
}

function lateImport(file: string): LoadError {
  return new LoadError(
    "ERR_SERVICE_IMPORT",
    `${file} was not loaded within ${importMs / 1000} s: a top-level await in it, or in a file that it imports, does not end. Wait in startService(), or in an exported factory.`,
  );
}

async function importFile(file: string): Promise<object> {
  try {
    // If a .cts file is imported under tsx, it gets Node's `require`, which cannot load ES modules, and so not this package.
    if (extname(file) === ".cts") return { default: createRequire(file)(file) as unknown };
    return (await import(pathToFileURL(file).href)) as object;
  } catch (error) {
    const { importProblem } = await import("./import-problem.ts");
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

/** Whether Node treats the file as CommonJS: by its extension, or by the nearest `package.json`. */
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
