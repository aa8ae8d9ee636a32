// A transport of our own: each file that appears in a folder calls a handler. It imports only "tomodachi".
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  ConfigurationError,
  type Handler,
  HandlerRunner,
  type HandlerRunResult,
  type OpenWork,
  type RunHandler,
  type ServiceContext,
  type Transport,
  type TransportDefinition,
  type TransportHealth,
} from "tomodachi";

/** `options.files` of a service. */
export interface FileOptions {
  /** The folder to watch. It is created if it does not exist. */
  readonly folder: string;
  /** The time between two checks of the folder, in milliseconds. @default 1000 */
  readonly pollMs?: number | undefined;
}

declare module "tomodachi" {
  interface ServiceOptions {
    readonly files?: FileOptions | undefined;
  }
}

/** What `@file` stores for a handler. */
export interface FileTrigger {
  /** The end of the file name, such as ".csv". */
  readonly ending: string;
}

interface Watcher {
  readonly handler: Handler<FileTrigger>;
  readonly run: RunHandler;
}

/** Its name is also the name of its group of options: `options.files`. */
export const fileTransport: TransportDefinition<FileTrigger, FileTransport> = {
  name: "files",
  create: (context) => new FileTransport(context),
};

export class FileTransport implements Transport<FileTrigger> {
  readonly #context: ServiceContext;
  readonly #folder: string;
  readonly #pollMs: number;
  readonly #runner: HandlerRunner;
  readonly #watchers: Watcher[] = [];
  #state: "created" | "watching" | "stopped" = "created";
  #since = new Date();
  #lastError: string | undefined;
  #looking: Promise<void> = Promise.resolve();
  #cancelTimer: () => void = () => {};

  /** Throws everything that is wrong with the options, before anything starts. */
  constructor(context: ServiceContext) {
    const { folder, pollMs = 1000 } = (context.options ?? {}) as Partial<FileOptions>;
    const problems: string[] = [];
    if (typeof folder !== "string" || folder === "")
      problems.push("options.files.folder must be the path of a folder.");
    if (!(pollMs > 0)) problems.push(`options.files.pollMs must be a number above 0, but ${pollMs} was given.`);
    if (problems.length > 0) throw new ConfigurationError(problems.join(" "), { place: "options.files", problems });
    this.#context = context;
    this.#folder = folder as string;
    this.#pollMs = pollMs;
    this.#runner = new HandlerRunner(context);
  }

  add(handler: Handler<FileTrigger>): void {
    const { ending } = handler.options;
    if (typeof ending !== "string" || ending === "") {
      throw new ConfigurationError(`${handler.label} needs the end of a file's name, as in @file(".csv").`);
    }
    this.#watchers.push({ handler, run: this.#runner.prepare(handler) });
  }

  async start(signal: AbortSignal): Promise<void> {
    for (const name of ["", "done", "failed"]) await mkdir(join(this.#folder, name), { recursive: true });
    signal.throwIfAborted();
    this.#enter("watching");
    this.#lookLater(0);
  }

  describe(): readonly string[] {
    const lines = this.#watchers.map(({ handler }) => `  ${handler.name}: *${handler.options.ending}`);
    return [`${this.#context.name} on the folder ${this.#folder}`, ...lines];
  }

  health(): TransportHealth {
    const healthy = this.#state === "watching" && this.#lastError === undefined;
    const reasons = healthy ? [] : [this.#lastError ?? `the folder is not watched (${this.#state})`];
    const state = { state: this.#state, since: this.#since, lastError: this.#lastError, healthy };
    return {
      transport: "files",
      healthy,
      reasons,
      connections: [{ purpose: "watching", ...state }],
      consumers: [],
    };
  }

  async openWork(): Promise<readonly OpenWork[]> {
    const queued = (await this.#waiting()).length;
    const { running } = this.#runner;
    const interrupted = this.#state !== "watching";
    return [
      { of: `${this.#context.name}'s files`, queued: Math.max(0, queued - running), running, pausing: 0, interrupted },
    ];
  }

  /** Takes no more files, and waits for those that are being handled. */
  async drain(signal: AbortSignal): Promise<void> {
    this.#enter("stopped");
    this.#cancelTimer();
    await this.#runner.drain(signal);
  }

  async close(): Promise<void> {
    this.#enter("stopped");
    this.#cancelTimer();
    await this.#looking;
  }

  /** Writes a file, for `writeFileTo`. It appears as a whole, because a rename is atomic. */
  async write(name: string, content: string | Uint8Array): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const unfinished = join(this.#folder, `${name}.part`);
    await writeFile(unfinished, content);
    await rename(unfinished, join(this.#folder, name));
  }

  #enter(state: "watching" | "stopped"): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#since = new Date();
  }

  /** Uses the clock of the context, so that a test can advance the time. */
  #lookLater(ms: number): void {
    this.#cancelTimer = this.#context.clock.after(ms, () => {
      this.#looking = this.#look().then(() => {
        if (this.#state === "watching") this.#lookLater(this.#pollMs);
      });
    });
  }

  async #look(): Promise<void> {
    try {
      const found = await this.#waiting();
      this.#lastError = undefined;
      await Promise.all(found.map(({ name, watcher }) => this.#handle(name, watcher)));
    } catch (error) {
      this.#lastError = `the folder ${this.#folder} cannot be read: ${String(error)}`;
      this.#context.logger.error({ err: error }, "the folder cannot be read; it is tried again");
    }
  }

  async #waiting(): Promise<readonly { readonly name: string; readonly watcher: Watcher }[]> {
    if (this.#state === "created") return [];
    const names = (await readdir(this.#folder)).sort();
    return names.flatMap((name) => {
      const watcher = this.#watchers.find(({ handler }) => name.endsWith(handler.options.ending));
      return watcher ? [{ name, watcher }] : [];
    });
  }

  /** The file is removed from the folder when its handler has ended. After a crash before that, it is handled again. */
  async #handle(name: string, { handler, run }: Watcher): Promise<void> {
    if (this.#state !== "watching") return;
    const data = await readFile(join(this.#folder, name));
    const result = await run({ data, values: { fileName: name }, logFields: { fileName: name } });
    await this.#settle(name, handler, result);
  }

  async #settle(name: string, handler: Handler<FileTrigger>, result: HandlerRunResult): Promise<void> {
    // The stop of the service ended the run. The file stays, and the next start handles it again.
    if (result.kind === "stopped") return;
    if (result.kind === "failed")
      handler.logger.error({ err: result.error, fileName: name }, "the file was not handled");
    await rename(join(this.#folder, name), join(this.#folder, result.kind === "failed" ? "failed" : "done", name));
  }
}
