// Services of the examples, run as a reader runs them.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { until } from "./broker.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const main = join(root, "dist/cli/main.js");

/** Runs services by the command line, in its own process that ends with the test. */
export function startExample(words: readonly string[], variables: Readonly<Record<string, string>>): Example {
  const example = new Example(words, variables);
  onTestFinished(() => {
    if (example.child.exitCode === null) example.child.kill("SIGKILL");
  });
  return example;
}

export class Example {
  readonly child: ChildProcess;
  /** The exit code. */
  readonly ended: Promise<number | null>;
  readonly #what: string;
  #output = "";

  constructor(words: readonly string[], variables: Readonly<Record<string, string>>) {
    this.#what = words.join(" ");
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(TOMODACHI|VITEST|TSX|NODE_|KUBERNETES_)/.test(name),
    );
    const env = { ...Object.fromEntries(inherited), ...variables };
    if (!existsSync(main)) throw new Error("dist/ is missing: npm run build");
    this.child = spawn(process.execPath, [main, "run", ...words, "--logger", "json"], {
      cwd: root,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding("utf8").on("data", (chunk: string) => {
        this.#output += chunk;
      });
    }
    this.ended = new Promise((resolve) => this.child.on("close", resolve));
  }

  get output(): string {
    return this.#output;
  }

  /** Resolves when this many log lines have this message. */
  async says(message: string, times = 1): Promise<void> {
    const end = `"msg":${JSON.stringify(message)}`;
    await until(
      () => {
        if (this.#output.split(end).length > times) return true;
        if (this.child.exitCode !== null) throw new Error(`${this.#what} ended without "${message}":\n${this.#output}`);
        return false;
      },
      { what: `${this.#what} to say "${message}"`, timeoutMs: 25_000 },
    );
  }

  stop(): Promise<number | null> {
    this.child.kill("SIGTERM");
    return this.ended;
  }
}
