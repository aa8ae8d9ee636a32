// What `npm run bench` takes on its command line.
import { parseArgs } from "node:util";
import { type Cell, jobs, usualCell } from "./jobs.ts";

export interface BenchOptions {
  readonly rounds: number;
  readonly rivals: boolean;
  readonly profile: string | undefined;
  /** A folder for `results.json`, `results.md` and `chart.svg`. */
  readonly save: string | undefined;
  /** Names of jobs, "start" among them. */
  readonly jobs: readonly string[];
  readonly cells: readonly Cell[];
}

/** The matrix: everything that a list option names, in every combination. */
export function readOptions(words: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...words],
    options: {
      rounds: { type: "string", default: "5" },
      rivals: { type: "boolean", default: false },
      matrix: { type: "boolean", default: false },
      bytes: { type: "string" },
      prefetch: { type: "string" },
      queue: { type: "string" },
      profile: { type: "string" },
      save: { type: "string" },
    },
    allowPositionals: true,
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error("--rounds must be a whole number above 0.");
  const known = [...jobs.map(({ name }) => name), "start"];
  const usual = known.filter((name) => !jobs.some((job) => job.name === name && job.onlyByName));
  const unknown = positionals.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`There is no job ${unknown.join(", ")}. Known: ${known.join(", ")}.`);
  const matrix = values.matrix;
  const list = (given: string | undefined, usual: string, all: string): string[] =>
    (given ?? (matrix ? all : usual)).split(",");
  const cells: Cell[] = [];
  for (const bytes of list(values.bytes, String(usualCell.bytes), "500,16000").map(Number)) {
    for (const prefetch of list(values.prefetch, String(usualCell.prefetch), "10,100,1000").map(Number)) {
      for (const queueType of list(values.queue, usualCell.queueType, "classic,quorum")) {
        if (queueType !== "classic" && queueType !== "quorum") throw new Error("--queue takes classic and quorum.");
        if (!(bytes > 0) || !(prefetch > 0)) throw new Error("--bytes and --prefetch take numbers above 0.");
        cells.push({ bytes, prefetch, queueType });
      }
    }
  }
  const { rivals, profile, save } = values;
  return { rounds, rivals, profile, save, jobs: positionals.length > 0 ? positionals : usual, cells };
}
