// The embedded broker as a child process that can be asked what it uses.
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface, type Interface } from "node:readline";
import { here } from "../measure.ts";

export interface BrokerUse {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
  readonly arrayBuffers: number;
  readonly cpuMicros: number;
}

export class ServedBroker {
  readonly url: string;
  /** Milliseconds that startBroker() took. */
  readonly startMs: number;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcess, lines: AsyncIterator<string>, first: { url: string; startMs: number }) {
    this.#child = child;
    this.#lines = lines;
    this.url = first.url;
    this.startMs = first.startMs;
  }

  static async start(): Promise<ServedBroker> {
    const child = spawn(process.execPath, ["--expose-gc", here("embedded/serve.mjs")], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    if (!child.stdout) throw new Error("the broker's process has no output");
    const lines = (createInterface({ input: child.stdout }) as Interface)[Symbol.asyncIterator]();
    const { value } = await lines.next();
    return new ServedBroker(child, lines, JSON.parse(String(value)));
  }

  /** What it uses now, after a collection of garbage. */
  async use(): Promise<BrokerUse> {
    this.#child.stdin?.write("\n");
    const { value } = await this.#lines.next();
    return JSON.parse(String(value)) as BrokerUse;
  }

  stop(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#child.once("exit", () => resolve()));
    this.#child.stdin?.end();
    return ended;
  }
}
