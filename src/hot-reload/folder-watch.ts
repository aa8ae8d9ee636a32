/** Reports which files change in folders, with one watcher for each folder: Node's own recursive watcher also watches ignored folders. */
import { type FSWatcher, readdirSync, statSync, watch } from "node:fs";
import { dirname, join } from "node:path";

export interface FolderWatchSettings {
  /** The absolute paths of the folders. */
  readonly roots: readonly string[];
  /** Whether a folder and everything below it is ignored. */
  isIgnored(folder: string): boolean;
  /** Called for each file that was written, created, moved or deleted; possibly several times. */
  changed(path: string): void;
  /** Called if a folder cannot be watched. */
  failed(folder: string, error: unknown): void;
}

export class FolderWatch {
  readonly #settings: FolderWatchSettings;
  readonly #watchers = new Map<string, FSWatcher>();

  constructor(settings: FolderWatchSettings) {
    this.#settings = settings;
    for (const root of settings.roots) this.#addTree(root, () => {});
  }

  /** How many folders are watched. */
  get folders(): number {
    return this.#watchers.size;
  }

  /** Also watches the folder of this file, without the folders below it. */
  addFolderOf(path: string): void {
    this.#add(dirname(path));
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  /** Watches first and reads afterwards, so that no file is missed that is created meanwhile. */
  #addTree(folder: string, found: (path: string) => void): void {
    if (this.#settings.isIgnored(folder) || !this.#add(folder)) return;
    try {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) this.#addTree(path, found);
        else found(path);
      }
    } catch {
      // The folder does not exist any more.
    }
  }

  /** Returns false if the folder is watched already, or cannot be watched. */
  #add(folder: string): boolean {
    if (this.#watchers.has(folder)) return false;
    try {
      const watcher = watch(folder, (_event, name) => this.#event(folder, name));
      watcher.on("error", () => this.#remove(folder));
      this.#watchers.set(folder, watcher);
      return true;
    } catch (error) {
      this.#settings.failed(folder, error);
      return false;
    }
  }

  #event(folder: string, name: string | null): void {
    if (name === null) return;
    const path = join(folder, name);
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
      // A new folder may have been moved here together with files.
      this.#addTree(path, (file) => this.#settings.changed(file));
      return;
    }
    if (this.#watchers.has(path)) this.#remove(path);
    this.#settings.changed(path);
  }

  /** Stops watching a folder that does not exist any more, and those inside it. */
  #remove(folder: string): void {
    for (const [path, watcher] of this.#watchers) {
      if (path !== folder && !path.startsWith(join(folder, "/"))) continue;
      watcher.close();
      this.#watchers.delete(path);
    }
  }
}
