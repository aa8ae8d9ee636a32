// Runs the measured processes: plain Node, one after another, and nothing else at the same time.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const limitMs = 180_000;

export interface Sample {
  readonly cpuMicros: number;
  readonly perSecond: number;
  /** Bytes, by how many messages had come. */
  readonly rss: Readonly<Record<string, number>>;
}

export interface ChildOptions {
  readonly url: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /** A folder for CPU profiles. */
  readonly profile?: string | undefined;
}

/** The path of a file beside this one. */
export function here(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

/** Runs a program beside this file and returns what it measured; rejects when it did not handle every message once. */
export async function runWorkload(program: string, options: ChildOptions): Promise<Sample> {
  const { profile } = options;
  const nodeOptions = profile ? ["--cpu-prof", `--cpu-prof-dir=${profile}/${program.replace(".mjs", "")}`] : [];
  const parameters = [...nodeOptions, here(program)];
  const { output } = await timeProcess(parameters, options);
  return JSON.parse(output) as Sample;
}

/**
 * Milliseconds from the start of a Node process to its first output, or to its end if it prints nothing. With `stop` it is
 * ended as soon as it has printed.
 */
export async function timeProcess(
  parameters: readonly string[],
  { url, settings }: ChildOptions,
  stop = false,
): Promise<{ readonly ms: number; readonly output: string }> {
  const env = { ...process.env, TOMODACHI_AMQP_URL: url, BENCH_SETTINGS: JSON.stringify(settings), NODE_OPTIONS: "" };
  const startedAt = performance.now();
  const child = spawn(process.execPath, parameters, { env, stdio: ["ignore", "pipe", "inherit"], timeout: limitMs });
  let output = "";
  let ms: number | undefined;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    ms ??= performance.now() - startedAt;
    output += text;
    if (stop) child.kill("SIGTERM");
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (...ended: [number | null, string | null]) => resolve(ended));
  });
  ms ??= performance.now() - startedAt;
  if (code !== 0) throw new Error(`node ${parameters.join(" ")} ended with ${signal ?? `exit code ${code}`}.`);
  return { ms, output };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
