// npm run bench [-- count publish forward request memory ready] [--rounds 5] [--rivals] [--profile <folder>]
// Needs a compiled package (npm run build) and RabbitMQ; uses TOMODACHI_AMQP_URL, else a private broker.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { startRabbitMq } from "../scripts/rabbitmq.ts";
import { BenchBroker } from "./broker.ts";
import { here, median, type Sample } from "./measure.ts";
import { installRivals, rivals, rivalVersions } from "./rivals/rivals.ts";
import { measureReady, type RunContext, readyGoalMs, type Side, type Workload, workloads } from "./workloads.ts";

const plainSides: readonly Side[] = ["tomodachi", "amqplib"];
const results: Record<string, unknown>[] = [];

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: {
      rounds: { type: "string", default: "5" },
      rivals: { type: "boolean", default: false },
      profile: { type: "string" },
    },
    allowPositionals: true,
  });
  const rounds = Number(values.rounds);
  const names = [...workloads.map(({ name }) => name), "ready"];
  const unknown = positionals.filter((name) => !names.includes(name));
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error("--rounds must be a whole number above 0.");
  if (unknown.length > 0) throw new Error(`There is no workload ${unknown.join(", ")}; known: ${names.join(", ")}.`);
  const wanted = (name: string): boolean => positionals.length === 0 || positionals.includes(name);

  if (values.rivals) installRivals();
  const given = process.env["TOMODACHI_AMQP_URL"];
  const node = given ? undefined : await startRabbitMq({ name: "bench" });
  try {
    const url = given ?? node?.url ?? "";
    const broker = await BenchBroker.connect(url);
    const context: RunContext = { broker, url, profile: values.profile };
    const versions = {
      node: process.version,
      rabbitmq: broker.version,
      amqplib: versionOf("amqplib"),
      tomodachi: own(),
      ...(values.rivals ? rivalVersions() : {}),
    };
    print(
      Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(", "),
    );
    for (const workload of workloads) {
      if (!wanted(workload.name) || (values.rivals && !workload.forRivals)) continue;
      await compare(workload, values.rivals ? [...plainSides, ...rivals] : plainSides, context, rounds);
    }
    if (wanted("ready") && !values.rivals) await ready(context, rounds);
    print(`\n${JSON.stringify({ versions, rounds, results })}`);
    await broker.close();
  } finally {
    await node?.stop();
  }
}

/** Alternates the sides, so that what slows the machine down slows all of them. */
async function compare(workload: Workload, sides: readonly Side[], context: RunContext, rounds: number): Promise<void> {
  const samples = new Map<Side, Sample[]>(sides.map((side) => [side, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [side, seen] of samples) seen.push(await workload.run(side, context));
  }
  const of = (side: Side): readonly Sample[] => samples.get(side) ?? [];
  const cpu = (side: Side): number => median(of(side).map(({ cpuMicros }) => cpuMicros));
  const speed = (side: Side): number => median(of(side).map(({ perSecond }) => perSecond));
  const points = rssColumns(of("tomodachi"));
  print(`\n${workload.name}: ${workload.text}`);
  print(row("", "CPU us/msg", "of amqplib's", "msg/s", "of amqplib's", ...points.map((at) => `MB at ${at}`)));
  for (const side of sides) {
    const [cost, rate] = [cpu(side), speed(side)];
    const ratios = [cost / cpu("amqplib"), rate / speed("amqplib")].map((ratio) => ratio.toFixed(2));
    const memory = points.map((at) => rssOf(of(side), at).toFixed(0));
    print(row(side, cost.toFixed(1), ratios[0] ?? "", rate.toFixed(0), ratios[1] ?? "", ...memory));
  }
  const ratio = cpu("tomodachi") / cpu("amqplib");
  if (workload.goal !== undefined) print(goalText(workload.goal, ratio));
  const figures = sides.map((side) => [side, { cpuMicros: cpu(side), perSecond: speed(side), samples: of(side) }]);
  results.push({ workload: workload.name, ratio, sides: Object.fromEntries(figures) });
}

async function ready(context: RunContext, rounds: number): Promise<void> {
  const times = await measureReady(context, rounds);
  const ms = median(times.ready);
  print("\nready: from the start of the process to startedService of a compiled service");
  print(row("", "ms"));
  print(
    row(
      "tomodachi",
      ms.toFixed(0),
      ms < readyGoalMs ? `  goal < ${readyGoalMs}: met` : `  goal < ${readyGoalMs}: MISSED`,
    ),
  );
  print(row("node -e 0", median(times.bare).toFixed(0)));
  results.push({ workload: "ready", ms, bareMs: median(times.bare), samples: times });
}

function goalText(goal: number, ratio: number): string {
  return `  CPU at most ${goal} of amqplib's: ${ratio <= goal ? "met" : "MISSED"}`;
}

function rssColumns([first]: readonly Sample[]): string[] {
  return Object.keys(first?.rss ?? {});
}

function rssOf(samples: readonly Sample[], at: string): number {
  return median(samples.map(({ rss }) => (rss[at] ?? Number.NaN) / 2 ** 20));
}

function row(name: string, ...cells: readonly string[]): string {
  return `  ${name.padEnd(16)}${cells.map((cell) => cell.padStart(14)).join("")}`.trimEnd();
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function versionOf(name: string): string {
  return readVersion(here(`../node_modules/${name}/package.json`));
}

function own(): string {
  return readVersion(here("../package.json"));
}

function readVersion(file: string): string {
  return (JSON.parse(readFileSync(file, "utf8")) as { readonly version: string }).version;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
