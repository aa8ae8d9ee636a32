/** Which changed files restart a service: the files that it has loaded, and data files that it may read. */
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { basename, extname } from "node:path";

/** Code counts only if it was loaded, so the change of a test restarts nothing. */
const codeEndings: readonly string[] = [".ts", ".mts", ".cts", ".tsx", ".js", ".mjs", ".cjs", ".jsx"];
/** A service reads these files in ways that cannot be observed. */
const dataEndings: readonly string[] = [".json", ".proto"];
/** Package managers write these files. */
const lockFiles: readonly string[] = ["package-lock.json", "npm-shrinkwrap.json"];

export interface SourceFilesSettings {
  /** The path of the file `.env`. */
  readonly environmentFile: string;
  /** Further file extensions that count, such as ".sql". */
  readonly moreEndings: readonly string[];
}

export class SourceFiles {
  readonly #settings: SourceFilesSettings;
  readonly #loaded = new Set<string>();
  /** The content of each file when it was last checked. */
  readonly #seen = new Map<string, string>();
  #isIncomplete = false;

  constructor(settings: SourceFilesSettings) {
    this.#settings = settings;
  }

  /** A child that began at this time (milliseconds since 1970) has loaded the file. Returns true if that was not known before. */
  loaded(path: string, childBegan: number): boolean {
    // The file was written after the child began, so the child may have read the earlier content. The next check has to count as a change.
    const modified = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (modified !== undefined && modified < childBegan) this.#seen.set(path, contentOf(path));
    else this.#seen.delete(path);
    if (this.#loaded.has(path)) return false;
    this.#loaded.add(path);
    return true;
  }

  /** If a child could not load everything, any file of code may be the missing one. */
  set isIncomplete(value: boolean) {
    this.#isIncomplete = value;
  }

  isWanted(path: string): boolean {
    if (path === this.#settings.environmentFile || this.#loaded.has(path)) return true;
    const ending = extname(path).toLowerCase();
    if (this.#settings.moreEndings.includes(ending)) return true;
    if (codeEndings.includes(ending)) return this.#isIncomplete;
    return dataEndings.includes(ending) && !lockFiles.includes(basename(path));
  }

  /** Whether the content of the file has changed since the last check. */
  hasChanged(path: string): boolean {
    const content = contentOf(path);
    if (this.#seen.get(path) === content) return false;
    this.#seen.set(path, content);
    return true;
  }
}

/** A file that does not exist has a content of its own. */
function contentOf(path: string): string {
  try {
    return createHash("sha1").update(readFileSync(path)).digest("base64");
  } catch {
    return "gone";
  }
}
