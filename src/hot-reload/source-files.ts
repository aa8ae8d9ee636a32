/** Which changed files restart a service: those that it has loaded, and data that it may read. */
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { basename, extname } from "node:path";

/** Code counts only when it was loaded: a change of a test restarts nothing. */
const codeEndings: readonly string[] = [".ts", ".mts", ".cts", ".tsx", ".js", ".mjs", ".cjs", ".jsx"];
/** These are read by a service in ways that cannot be observed. */
const dataEndings: readonly string[] = [".json", ".proto"];
/** Package managers write them. */
const lockFiles: readonly string[] = ["package-lock.json", "npm-shrinkwrap.json"];

export interface SourceFilesSettings {
  /** The file `.env`. */
  readonly environmentFile: string;
  /** Endings that count beside the known ones: ".sql". */
  readonly moreEndings: readonly string[];
}

export class SourceFiles {
  readonly #settings: SourceFilesSettings;
  readonly #loaded = new Set<string>();
  /** What was in a file when it was looked at last. */
  readonly #seen = new Map<string, string>();
  #isIncomplete = false;

  constructor(settings: SourceFilesSettings) {
    this.#settings = settings;
  }

  /** A child that began at this time (milliseconds since 1970) has loaded the file. True when that was not known before. */
  loaded(path: string, childBegan: number): boolean {
    // Written after it began, it may have been read before: then the next look has to count.
    const modified = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (modified !== undefined && modified < childBegan) this.#seen.set(path, contentOf(path));
    else this.#seen.delete(path);
    if (this.#loaded.has(path)) return false;
    this.#loaded.add(path);
    return true;
  }

  /** A child could not load everything, so any file of code may be what it lacks. */
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

  /** Whether there is something else in the file than at the last look. */
  hasChanged(path: string): boolean {
    const content = contentOf(path);
    if (this.#seen.get(path) === content) return false;
    this.#seen.set(path, content);
    return true;
  }
}

/** A file that is gone has a content of its own. */
function contentOf(path: string): string {
  try {
    return createHash("sha1").update(readFileSync(path)).digest("base64");
  } catch {
    return "gone";
  }
}
