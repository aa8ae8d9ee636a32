// npm run bench [-- count publish forward request memory ready] [--rounds 5] [--profile <folder>]
// Needs a compiled package (npm run build) and RabbitMQ; uses TOMODACHI_AMQP_URL, else a private broker.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { startRabbitMq } from "../scripts/rabbitmq.ts";
import { BenchBroker } from "./broker.ts";
import { here, median, type Sample } from "./measure.ts";
import { measureReady, type RunContext, readyGoalMs, type Side, type Workload, workloads } from "./workloads.ts";

const sides: readonly Side[] = ["tomodachi", "amqplib"];
const results: Record<string, unknown>[] = [];

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { rounds: { type: "string", default: "5" }, profile: { type: "string" } },
    allowPositionals: true,
  });
  const rounds = Number(values.rounds);
  const names = [...workloads.map(({ name }) => name), "ready"];
  const unknown = positionals.filter((name) => !names.includes(name));
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error("--rounds must be a whole number above 0.");
  if (unknown.length > 0) throw new Error(`There is no workload ${unknown.join(", ")}; known: ${names.join(", ")}.`);
  const wanted = (name: string): boolean => positionals.length === 0 || positionals.includes(name);

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
    };
    print(
      Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(", "),
    );
    for (const workload of workloads) if (wanted(workload.name)) await compare(workload, context, rounds);
    if (wanted("ready")) await ready(context, rounds);
    print(`\n${JSON.stringify({ versions, rounds, results })}`);
    await broker.close();
  } finally {
    await node?.stop();
  }
}

/** Alternates the sides, so that what slows the machine down slows both. */
async function compare(workload: Workload, context: RunContext, rounds: number): Promise<void> {
  const samples: Record<Side, Sample[]> = { tomodachi: [], amqplib: [] };
  for (let round = 0; round < rounds; round++) {
    for (const side of sides) samples[side].push(await workload.run(side, context));
  }
  const cpu = (side: Side): number => median(samples[side].map(({ cpuMicros }) => cpuMicros));
  const speed = (side: Side): number => median(samples[side].map(({ perSecond }) => perSecond));
  const ratio = cpu("tomodachi") / cpu("amqplib");
  print(`\n${workload.name}: ${workload.text}`);
  print(row("", "CPU us/msg", "msg/s", ...rssColumns(samples.tomodachi).map((at) => `MB at ${at}`)));
  for (const side of sides) {
    const memory = rssColumns(samples[side]).map((at) => rssOf(samples[side], at).toFixed(0));
    print(row(side, cpu(side).toFixed(1), speed(side).toFixed(0), ...memory));
  }
  print(row("ratio", ratio.toFixed(2), (speed("tomodachi") / speed("amqplib")).toFixed(2), goalText(workload, ratio)));
  results.push({ workload: workload.name, ratio, cpu: both(cpu), perSecond: both(speed), samples });
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

function goalText({ goal }: Workload, ratio: number): string {
  if (goal === undefined) return "";
  return `  CPU goal <= ${goal}: ${ratio <= goal ? "met" : "MISSED"}`;
}

function rssColumns([first]: readonly Sample[]): string[] {
  return Object.keys(first?.rss ?? {});
}

function rssOf(samples: readonly Sample[], at: string): number {
  return median(samples.map(({ rss }) => (rss[at] ?? Number.NaN) / 2 ** 20));
}

function both(of: (side: Side) => number): Record<Side, number> {
  return { tomodachi: of("tomodachi"), amqplib: of("amqplib") };
}

function row(name: string, ...cells: readonly string[]): string {
  return `  ${name.padEnd(10)}${cells.map((cell) => cell.padStart(14)).join("")}`.trimEnd();
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
