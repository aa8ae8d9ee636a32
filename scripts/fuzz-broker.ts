// `npm run fuzz -- --seed 1 --count 100000`: bytes made wrong by seed against the embedded broker; fails with the case that did.
// `npm run fuzz -- client`: the same against the client, from a scripted broker.
import { parseArgs } from "node:util";
import { runClientFuzz } from "./fuzz/client-fuzz.ts";
import { runFuzz } from "./fuzz/run-fuzz.ts";

const usage = "npm run fuzz -- [client] [--seed 1] [--count 100000] [--first 0] [--parallel 16]\n";

function megabytes(bytes = Number.NaN): string {
  return !Number.isFinite(bytes) ? "unknown" : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

function whole(text: string, name: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new TypeError(`--${name} takes a whole number, not "${text}"`);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seed: { type: "string", default: "1" },
      count: { type: "string", default: "100000" },
      first: { type: "string", default: "0" },
      parallel: { type: "string", default: "16" },
    },
  });
  const seed = whole(values.seed, "seed");
  const count = whole(values.count, "count");
  const options = {
    seed,
    count,
    first: whole(values.first, "first"),
    parallel: Math.max(1, whole(values.parallel, "parallel")),
    onProgress: (done: number) => {
      if (done % 10_000 === 0) process.stderr.write(`${done} of ${count}\n`);
    },
  };
  if (positionals[0] === "client") {
    await fuzzClient(options);
    return;
  }
  const report = await runFuzz(options);
  const perSecond = Math.round(report.cases / report.seconds);
  const lines = [
    `seed ${seed}: ${report.cases} cases in ${report.seconds.toFixed(1)} s (${perSecond}/s), slowest ${report.slowestMs.toFixed(0)} ms`,
    ...[...report.ends].sort(([a], [b]) => (a < b ? -1 : 1)).map(([end, times]) => `  ${end.padEnd(24)} ${times}`),
    `well-behaved client: ${report.rounds} rounds, slowest ${report.slowestRoundMs.toFixed(0)} ms`,
    `memory after each batch: first ${megabytes(report.memory[0])}, most ${megabytes(Math.max(...report.memory))}, last ${megabytes(report.memory.at(-1))}`,
    ...report.failures.map((failure) => `FAILED ${failure}`),
    report.failures.length === 0
      ? "ok"
      : `${report.failures.length} failures; run one again with --seed ${seed} --first <case> --count 1`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  process.exitCode = report.failures.length === 0 ? 0 : 1;
}

async function fuzzClient(options: Parameters<typeof runClientFuzz>[0]): Promise<void> {
  const { cases, ends, failures } = await runClientFuzz(options);
  const lines = [
    `client, seed ${options.seed}: ${cases} cases`,
    ...[...ends].sort(([a], [b]) => (a < b ? -1 : 1)).map(([end, times]) => `  ${end.padEnd(32)} ${times}`),
    ...failures.map((failure) => `FAILED ${failure}`),
    failures.length === 0 ? "ok" : `${failures.length} failures; run one again with --first <case> --count 1`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  process.exitCode = failures.length === 0 ? 0 : 1;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  process.exitCode = 1;
});
