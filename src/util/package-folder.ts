/** Where this package lies. Published modules are joined into few files, so no path from one of them to another can be counted on. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the package that a module belongs to: the nearest one above it that has a package.json. */
export function packageFolder(moduleUrl: string): string {
  const file = fileURLToPath(moduleUrl);
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
  }
  return dirname(file);
}
