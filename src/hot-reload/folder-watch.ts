/** Tells which files change in folders, by a watcher for each folder: Node's own recursive one also watches what is ignored. */
import { type FSWatcher, readdirSync, statSync, watch } from "node:fs";
import { dirname, join } from "node:path";

export interface FolderWatchSettings {
  /** Absolute. */
  readonly roots: readonly string[];
  /** Whether nothing below a folder is of interest. */
  isIgnored(folder: string): boolean;
  /** Called for each file that was written, made, moved or deleted, also several times. */
  changed(path: string): void;
  /** A folder cannot be watched. */
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

  /** Watches the folder of one more file without the folders below it. */
  addFolderOf(path: string): void {
    this.#add(dirname(path));
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  /** Watches first and looks second, so that no file is missed that is made meanwhile. */
  #addTree(folder: string, found: (path: string) => void): void {
    if (this.#settings.isIgnored(folder) || !this.#add(folder)) return;
    try {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) this.#addTree(path, found);
        else found(path);
      }
    } catch {
      // The folder is gone again.
    }
  }

  /** False when it is watched already, or cannot be. */
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
      // A new folder may have been moved here with files in it.
      this.#addTree(path, (file) => this.#settings.changed(file));
      return;
    }
    if (this.#watchers.has(path)) this.#remove(path);
    this.#settings.changed(path);
  }

  /** Of a folder that is gone, with those in it. */
  #remove(folder: string): void {
    for (const [path, watcher] of this.#watchers) {
      if (path !== folder && !path.startsWith(join(folder, "/"))) continue;
      watcher.close();
      this.#watchers.delete(path);
    }
  }
}
