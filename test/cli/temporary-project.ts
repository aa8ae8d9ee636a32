/** A project in a temporary folder that has this package installed, and the command line run in it. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const packageFolder: string = fileURLToPath(new URL("../..", import.meta.url)).replace(/[\\/]$/, "");
const ownMain = join(packageFolder, "dist/cli/main.js");

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when the text was written to standard output or standard error; rejects when the process ends before. */
  seen(text: string): Promise<void>;
  /** What was written so far: standard output, then standard error. */
  written(): string;
}

export interface StartSettings {
  readonly environment?: Readonly<Record<string, string>>;
  /** Another copy's command line. */
  readonly main?: string;
}

export class TemporaryProject {
  readonly folder: string = realpathSync(mkdtempSync(join(tmpdir(), "tomodachi-cli-")));

  /** Writes files by path. The package is installed as a link, unless `linked` is false. */
  constructor(files: Readonly<Record<string, string>> = {}, { linked = true }: { readonly linked?: boolean } = {}) {
    mkdirSync(join(this.folder, "node_modules"));
    if (linked) symlinkSync(packageFolder, join(this.folder, "node_modules/tomodachi"), "junction");
    this.write(files);
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.folder, path)), { recursive: true });
      writeFileSync(join(this.folder, path), text);
    }
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), "utf8");
  }

  /** Starts `tomodachi` with these words in the project's folder. */
  start(words: readonly string[], { environment = {}, main = ownMain }: StartSettings = {}): Started {
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(TOMODACHI|VITEST|TSX|NODE_|KUBERNETES_)/.test(name),
    );
    const env = { ...Object.fromEntries(inherited), NO_COLOR: "1", ...environment };
    const child = spawn(process.execPath, [main, ...words], {
      cwd: this.folder,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, stderr] = ["", ""];
    const looking = new Set<() => void>();
    // A character of several bytes may come in two chunks.
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      stdout += chunk;
      for (const look of looking) look();
    });
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      stderr += chunk;
      for (const look of looking) look();
    });
    const ended = new Promise<Ended>((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr })));
    const seen = (text: string): Promise<void> =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (stdout.includes(text) || stderr.includes(text)) resolve();
        };
        looking.add(look);
        look();
        void ended.then(() => reject(new Error(`ended without "${text}":\n${stdout}\n${stderr}`)));
      });
    return { child, ended, seen, written: () => stdout + stderr };
  }

  run(words: readonly string[], settings?: StartSettings): Promise<Ended> {
    return this.start(words, settings).ended;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A service that says whether it shares its modules with the command line, then ends. */
export function probe(name: string, code = 0): string {
  return `import { exit, getService, Service } from "tomodachi";
export class Probe extends Service {
  name = "${name}";
  startedService() {
    console.log("${name} is itself:", getService("${name}") === this && this instanceof Service);
    setInterval(() => {}, 1000);
    exit(${code});
  }
}
`;
}
