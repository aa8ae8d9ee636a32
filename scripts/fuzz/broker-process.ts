// An embedded broker in its own process, so that what happens to it can be seen from outside.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** What the parent asks: a new virtual host in place of the last. */
export interface BrokerRequest {
  readonly renew: string;
}

export interface BrokerMemory {
  /** The heap and what hangs on it, after a garbage collection. */
  readonly bytes: number;
  readonly rss: number;
  /** Connections that are open. */
  readonly connections: number;
}

export type BrokerAnswer =
  | { readonly kind: "ready"; readonly url: string }
  | { readonly kind: "error"; readonly line: string }
  | ({ readonly kind: "renewed" } & BrokerMemory);

export class BrokerProcess {
  readonly url: string;
  /** Lines the broker logged as errors: each one is a bug. */
  readonly errors: string[] = [];
  readonly #child: ChildProcess;
  #said = "";

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
    child.on("message", (answer: BrokerAnswer) => {
      if (answer.kind === "error") this.errors.push(answer.line);
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      this.#said = `${this.#said}${chunk}`.slice(-4000);
    });
  }

  static async start(): Promise<BrokerProcess> {
    const child = fork(fileURLToPath(new URL("broker-child.ts", import.meta.url)), [], {
      execArgv: ["--expose-gc", "--import", "tsx"],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    let said = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      said += chunk;
    });
    const answer = await Promise.race([
      once(child, "message").then(([message]) => message as BrokerAnswer),
      once(child, "exit").then(([code]) => {
        throw new Error(`The broker's process ended with ${code} before it was ready: ${said}`);
      }),
    ]);
    if (answer.kind !== "ready") throw new Error(`The broker did not start: ${JSON.stringify(answer)}`);
    return new BrokerProcess(child, answer.url);
  }

  get host(): string {
    return new URL(this.url).hostname;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** Why it ended; undefined while it runs. */
  get end(): string | undefined {
    const { exitCode, signalCode } = this.#child;
    return exitCode === null && signalCode === null ? undefined : `exit ${exitCode ?? signalCode}: ${this.#said}`;
  }

  /** Drops the last virtual host with all it held, makes this one, and says what memory is left in use. */
  async renew(virtualHost: string): Promise<BrokerMemory> {
    const request: BrokerRequest = { renew: virtualHost };
    const answered = this.#answered();
    this.#child.send(request);
    return await answered;
  }

  async stop(): Promise<void> {
    if (this.end !== undefined) return;
    const exited = once(this.#child, "exit");
    this.#child.disconnect();
    await exited;
  }

  #answered(): Promise<BrokerMemory> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        this.#child.off("message", onMessage);
        this.#child.off("exit", onExit);
        clearTimeout(timer);
        act();
      };
      const onMessage = (answer: BrokerAnswer) => {
        if (answer.kind === "renewed") settle(() => resolve(answer));
      };
      const onExit = () => settle(() => reject(new Error(`The broker's process is gone: ${this.end}`)));
      const timer = setTimeout(() => settle(() => reject(new Error("The broker's process does not answer."))), 20_000);
      this.#child.on("message", onMessage);
      this.#child.on("exit", onExit);
    });
  }
}
