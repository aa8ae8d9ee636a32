// npm run bench [-- <jobs>] [--rounds 5] [--matrix] [--rivals] [--save <folder>]: see docs/benchmarks.md.
// Needs a compiled package (npm run build) and RabbitMQ; uses TOMODACHI_AMQP_URL, else a private broker.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { startRabbitMq } from "../scripts/rabbitmq.ts";
import { BenchBroker } from "./broker.ts";
import { chart } from "./chart.ts";
import { type Cell, type Job, jobs, type RunContext, type Side, usualCell } from "./jobs.ts";
import { here, type Sample } from "./measure.ts";
import { type BenchOptions, readOptions } from "./options.ts";
import { goalTable, jobTable, markdown, startTable } from "./report.ts";
import { type JobResult, jobResult, type Results } from "./results.ts";
import { installRivals, rivals, rivalVersions } from "./rivals/rivals.ts";
import { measureStart } from "./start.ts";

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options.rivals) installRivals();
  const given = process.env["TOMODACHI_AMQP_URL"];
  const node = given ? undefined : await startRabbitMq({ name: "bench" });
  try {
    const url = given ?? node?.url ?? "";
    const broker = await BenchBroker.connect(url);
    const results = await measure(options, { broker, url, profile: options.profile });
    await broker.close();
    print(goalTable(results));
    if (options.save !== undefined) save(options.save, results);
  } finally {
    await node?.stop();
  }
}

async function measure(options: BenchOptions, context: RunContext): Promise<Results> {
  const { rounds } = options;
  const versions = {
    node: process.version,
    rabbitmq: context.broker.version,
    amqplib: readVersion("../node_modules/amqplib/package.json"),
    tomodachi: readVersion("../package.json"),
    ...(options.rivals ? rivalVersions() : {}),
  };
  print(
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", "),
  );
  const found: JobResult[] = [];
  for (const job of jobs.filter(({ name }) => options.jobs.includes(name))) {
    for (const cell of job.inMatrix ? options.cells : [usualCell]) {
      const result = await compare(job, cell, options, context);
      print(jobTable(result));
      found.push(result);
    }
  }
  const start = options.jobs.includes("start") ? Object.fromEntries(await measureStart(context, rounds)) : {};
  const machine = `${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"}), the broker on the same cores`;
  const results = { date: new Date().toISOString().slice(0, 10), machine, rounds, versions, jobs: found, start };
  if (options.jobs.includes("start")) print(startTable(results));
  return results;
}

/** Alternates the sides, so that what slows the machine down slows all of them. */
async function compare(job: Job, cell: Cell, options: BenchOptions, context: RunContext): Promise<JobResult> {
  const others = options.rivals && job.forRivals ? rivals : [];
  const sides: readonly Side[] = ["tomodachi", "amqplib", ...others];
  const samples = new Map<Side, Sample[]>(sides.map((side) => [side, []]));
  for (let round = 0; round < options.rounds; round++) {
    for (const [side, seen] of samples) seen.push(await job.run(side, cell, context));
  }
  return jobResult(job, cell, samples);
}

function save(folder: string, results: Results): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "results.json"), `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(join(folder, "results.md"), markdown(results));
  writeFileSync(join(folder, "chart.svg"), chart(results));
  print(`\nsaved in ${folder}: results.json, results.md, chart.svg`);
}

function readVersion(file: string): string {
  return (JSON.parse(readFileSync(here(file), "utf8")) as { readonly version: string }).version;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** HTTP needs no broker, so it is a separate program. */
async function run(): Promise<void> {
  if (process.argv[2] === "http") await import("./http.ts");
  else await main();
}

run().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
