/** Writes the files of a new project, and never overwrites a file. */
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { hasCode, TomodachiError } from "../errors.ts";

/** Files that may already be in the folder, because a new repository has them. */
const harmless: readonly string[] = [".git", ".DS_Store"];

/** @throws ERR_PROJECT_EXISTS if the folder contains files, before anything is written */
export function writeProject(folder: string, files: ReadonlyMap<string, string>, tarball: string | undefined): void {
  const present = entriesOf(folder).filter((entry) => !harmless.includes(entry));
  if (present.length > 0) {
    const shown = present.slice(0, 5).join(", ");
    throw new TomodachiError(
      "ERR_PROJECT_EXISTS",
      `${folder} already has files (${shown}${present.length > 5 ? ", ..." : ""}), and tomodachi overwrites no file. Choose another name, or empty the folder.`,
    );
  }
  for (const [path, text] of files) {
    const full = join(folder, path);
    mkdirSync(dirname(full), { recursive: true });
    // Fails if the file has been created meanwhile.
    writeFileSync(full, text, { flag: "wx" });
  }
  if (tarball !== undefined) copyFileSync(tarball, join(folder, tarballName(tarball)));
}

export function tarballName(path: string): string {
  return path.replace(/^.*[\\/]/, "");
}

function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return [];
    if (!hasCode(error, "ENOTDIR")) throw error;
    throw new TomodachiError("ERR_PROJECT_EXISTS", `${folder} is a file. Choose another name.`, { cause: error });
  }
}
