/** Which folders are watched for a run: the projects of its files, without what is installed or built there. */
import { existsSync } from "node:fs";
import { basename, dirname, join, sep } from "node:path";

/** Of no interest, wherever they are. */
const neverNames: readonly string[] = ["node_modules", "coverage"];
/** What a build writes; a service that runs from there is watched all the same. */
const builtNames: readonly string[] = ["dist", "build", "out"];

/** The nearest folder with a package.json, or else that of the file. */
function projectOf(file: string): string {
  const start = dirname(file);
  for (let folder = start; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
  }
  return start;
}

/** Each once, and none that is in another one. */
export function watchedRoots(files: readonly string[]): readonly string[] {
  const roots = [...new Set(files.map(projectOf))];
  return roots.filter((root) => !roots.some((other) => other !== root && isIn(root, other)));
}

/** Says of a folder whether nothing in it is of interest. */
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
