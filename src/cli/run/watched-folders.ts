/** Which folders are watched for a run: the projects of its files, without installed packages and build output. */
import { existsSync } from "node:fs";
import { basename, dirname, join, sep } from "node:path";

/** Folders that are never watched. */
const neverNames: readonly string[] = ["node_modules", "coverage"];
/** Folders with build output. They are watched only if a service runs from there. */
const builtNames: readonly string[] = ["dist", "build", "out"];

/** The nearest folder with a package.json, or else the folder of the file. */
function projectOf(file: string): string {
  const start = dirname(file);
  for (let folder = start; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
  }
  return start;
}

/** The folders, each once, and none that is inside another one. */
export function watchedRoots(files: readonly string[]): readonly string[] {
  const roots = [...new Set(files.map(projectOf))];
  return roots.filter((root) => !roots.some((other) => other !== root && isIn(root, other)));
}

/** Returns a function that says whether a folder can be ignored. */
export function folderFilter(
  files: readonly string[],
  roots: readonly string[],
  ignored: readonly string[],
): (folder: string) => boolean {
  return (folder) => {
    if (ignored.some((one) => isIn(folder, one))) return true;
    if (roots.includes(folder)) return false;
    const name = basename(folder);
    if (neverNames.includes(name) || name.startsWith(".")) return true;
    return builtNames.includes(name) && !files.some((file) => isIn(file, folder));
  };
}

function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
