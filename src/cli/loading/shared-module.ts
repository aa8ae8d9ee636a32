/** Keeps one tomodachi in a process: services that `require` the package get the modules that are already running. */
import { createRequire, Module } from "node:module";
import { fileURLToPath } from "node:url";
import { ownFolder, readManifest } from "../common/own-package.ts";

/**
 * Puts this package's modules into the cache of `require`. Without it, a CommonJS service under tsx would compile a second copy, whose
 * `Service` is another class, and whose registry is empty. Call it before tsx is registered.
 */
export async function shareOwnModules(faces: "main" | "all"): Promise<void> {
  const { exports = {} } = readManifest(ownFolder());
  const subpaths = faces === "main" ? ["."] : Object.keys(exports).filter((subpath) => !subpath.endsWith(".json"));
  await Promise.all(subpaths.map(share));
}

async function share(subpath: string): Promise<void> {
  const url = import.meta.resolve(`tomodachi${subpath.slice(1)}`);
  let namespace: object;
  try {
    namespace = (await import(url)) as object;
  } catch (error) {
    // An entry point whose optional package is not installed is skipped: code that requires it gets the error that names the package.
    if (subpath === ".") throw error;
    return;
  }
  const filename = fileURLToPath(url);
  const module = new Module(filename);
  module.filename = filename;
  module.loaded = true;
  module.exports = Object.defineProperty({ ...namespace }, "__esModule", { value: true });
  createRequire(import.meta.url).cache[filename] = module;
}
