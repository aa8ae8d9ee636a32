// Runs the measured processes: plain Node, one after another, and nothing else at the same time.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const limitMs = 180_000;

export interface Figures {
  readonly cpuMicros: number;
  readonly perSecond: number;
}

export interface Sample {
  /** From when the libraries are loaded, including the connection. */
  readonly cold: Figures;
  /** After the warm-up. */
  readonly warm: Figures;
  /** Bytes, by how many messages had come. */
  readonly rss: Readonly<Record<string, number>>;
  readonly loopP99Ms: number;
  readonly latencyMs?: { readonly p50: number; readonly p99: number };
}

export interface ChildOptions {
  readonly url: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Another Node to run it with. @default this one */
  readonly node?: string | undefined;
  /** A folder for CPU profiles. */
  readonly profile?: string | undefined;
  /** Called when the process has printed that it is ready. */
  readonly ready?: (() => Promise<void>) | undefined;
}

/** The path of a file beside this one. */
export function here(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

/** Runs a program beside this file and returns what it measured; rejects when it did not handle every message once. */
export async function runWorkload(program: string, options: ChildOptions): Promise<Sample> {
  const { profile } = options;
  const nodeOptions = profile ? ["--cpu-prof", `--cpu-prof-dir=${profile}/${program.replace(".mjs", "")}`] : [];
  const { output } = await timeProcess([...nodeOptions, here(program)], options);
  return JSON.parse(output.replace("ready\n", "")) as Sample;
}

/**
 * Milliseconds from the start of a Node process to its first output, or to its end if it prints nothing. With `stop` it is
 * ended as soon as it has printed.
 */
export async function timeProcess(
  parameters: readonly string[],
  { url, settings, ready, node = process.execPath }: ChildOptions,
  stop = false,
): Promise<{ readonly ms: number; readonly output: string }> {
  const env = { ...process.env, TOMODACHI_AMQP_URL: url, BENCH_SETTINGS: JSON.stringify(settings), NODE_OPTIONS: "" };
  const startedAt = performance.now();
  const child = spawn(node, parameters, { env, stdio: ["ignore", "pipe", "inherit"], timeout: limitMs });
  let output = "";
  let ms: number | undefined;
  let working: Promise<void> | undefined;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    ms ??= performance.now() - startedAt;
    output += text;
    working ??= ready?.();
    if (stop) child.kill("SIGTERM");
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (...ended: [number | null, string | null]) => resolve(ended));
  });
  ms ??= performance.now() - startedAt;
  await working;
  if (code !== 0 && !(stop && signal === "SIGTERM")) {
    throw new Error(`node ${parameters.join(" ")} ended with ${signal ?? `exit code ${code}`}.`);
  }
  return { ms, output };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
