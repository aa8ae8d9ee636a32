/** Decides which file events restart the services: only files that count, files that are written together once, and without loops. */
import { fileURLToPath } from "node:url";
import { FolderWatch } from "./folder-watch.ts";
import { LoopGuard } from "./loop-guard.ts";
import { SourceFiles } from "./source-files.ts";

export interface FileChangesSettings {
  readonly roots: readonly string[];
  readonly environmentFile: string;
  readonly moreEndings: readonly string[];
  isIgnored(folder: string): boolean;
  /** Called once for files that are written together. */
  changed(paths: readonly string[]): void;
  /** Called if this file will restart the services only after a pause without changes, because the service itself seems to write it. */
  paused(path: string, pauseMs: number): void;
  failed(folder: string, error: unknown): void;
}

/** An editor writes a file in several steps, and a build writes many files; changes within this time, in milliseconds, count as one. */
const togetherMs = 30;
const longestMs = 300;

export class FileChanges {
  readonly #settings: FileChangesSettings;
  readonly #files: SourceFiles;
  readonly #watch: FolderWatch;
  readonly #loops = new LoopGuard();
  readonly #waiting = new Set<string>();
  /** Timers of files that restart the services later. */
  readonly #pauses = new Map<string, NodeJS.Timeout>();
  #timer: NodeJS.Timeout | undefined;
  #since = 0;

  constructor(settings: FileChangesSettings) {
    this.#settings = settings;
    this.#files = new SourceFiles(settings);
    this.#watch = new FolderWatch({
      roots: settings.roots,
      isIgnored: (folder) => settings.isIgnored(folder),
      changed: (path) => this.#event(path),
      failed: (folder, error) => settings.failed(folder, error),
    });
    this.#watch.addFolderOf(settings.environmentFile);
  }

  childBegan(): void {
    this.#loops.began();
  }

  childReady(): void {
    this.#loops.ready(performance.now());
  }

  /** Adds files that a child has loaded, as paths or URLs. Files of packages do not count. */
  loaded(files: readonly string[], childBegan: number): void {
    for (const file of files) {
      if (file.startsWith("node:")) continue;
      const path = file.startsWith("file:") ? fileURLToPath(file.replace(/[?#].*$/s, "")) : file;
      if (/[\\/]node_modules[\\/]/.test(path) || !/^(?:[\\/]|[a-z]:)/i.test(path)) continue;
      if (this.#files.loaded(path, childBegan)) this.#watch.addFolderOf(path);
    }
  }

  /** Says whether a child could not load everything. */
  setIncomplete(value: boolean): void {
    this.#files.isIncomplete = value;
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const pause of this.#pauses.values()) clearTimeout(pause);
    this.#watch.close();
  }

  #event(path: string): void {
    if (!this.#files.isWanted(path)) return;
    if (this.#waiting.size === 0) this.#since = performance.now();
    this.#waiting.add(path);
    clearTimeout(this.#timer);
    const left = this.#since + longestMs - performance.now();
    this.#timer = setTimeout(() => this.#tell(), Math.max(0, Math.min(togetherMs, left)));
  }

  #tell(): void {
    const paths = [...this.#waiting].filter((path) => this.#files.hasChanged(path));
    this.#waiting.clear();
    const now = performance.now();
    const restarting: string[] = [];
    for (const path of paths) {
      const verdict = this.#loops.judge(path, now);
      clearTimeout(this.#pauses.get(path));
      if (verdict.restarts === "now") restarting.push(path);
      else {
        if (verdict.isNew) this.#settings.paused(path, verdict.pauseMs);
        this.#pause(path, verdict.pauseMs);
      }
    }
    if (restarting.length > 0) this.#restart(restarting);
  }

  /** The new child loads every file, so files that wait for their pause need no restart of their own. */
  #restart(paths: readonly string[]): void {
    for (const pause of this.#pauses.values()) clearTimeout(pause);
    this.#pauses.clear();
    this.#settings.changed(paths);
  }

  /** Waits until the file has not changed for a pause. The last change of a file is never lost, even if the service itself wrote it. */
  #pause(path: string, pauseMs: number): void {
    const ended = (): void => {
      this.#loops.restartedLate(path);
      this.#restart([path]);
    };
    this.#pauses.set(path, setTimeout(ended, pauseMs));
  }
}
