/** This copy of the package: its folder, its version and its entry points. */
import { readFileSync, realpathSync } from "node:fs";
import { packageFolder } from "../../util/package-folder.ts";

/** The members of a `package.json` that are used here. */
export interface Manifest {
  readonly version: string;
  readonly bin?: { readonly tomodachi?: string };
  readonly exports?: Readonly<Record<string, unknown>>;
}

/** The folder of this copy, with symbolic links resolved. */
export function ownFolder(): string {
  return realpathSync(packageFolder(import.meta.url));
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(`${folder}/package.json`, "utf8")) as Manifest;
}
