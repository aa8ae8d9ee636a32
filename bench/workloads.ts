// What is measured, and how far from plain amqplib it may be.
import type { BenchBroker } from "./broker.ts";
import { here, runWorkload, type Sample, timeProcess } from "./measure.ts";
import { type Rival, rivals } from "./rivals/rivals.ts";

export type Side = "tomodachi" | "amqplib" | Rival;

export interface RunContext {
  readonly broker: BenchBroker;
  readonly url: string;
  /** A folder for CPU profiles, one folder in it for each side of each workload. */
  readonly profile: string | undefined;
}

export interface Workload {
  readonly name: string;
  readonly text: string;
  /** Highest ratio of the CPU time of a message to that of plain amqplib; throughput is only looked at. */
  readonly goal?: number;
  /** Whether rivals have it too. */
  readonly forRivals: boolean;
  run(side: Side, context: RunContext): Promise<Sample>;
}

interface Shape {
  readonly warmUp: number;
  readonly messages: number;
  /** Of the data; the envelope adds about 330. */
  readonly bytes: number;
  readonly rssAt?: readonly number[];
}

const prefetch = 100;
const inFlight = 100;

/** The program of one side, beside this file. */
function programOf(side: Side, child: string): string {
  return rivals.some((rival) => rival === side) ? `rivals/${side}/${child}.mjs` : `workloads/${child}-${side}.mjs`;
}

export const workloads: readonly Workload[] = [
  {
    name: "count",
    text: "40 000 messages of 500 bytes from a full queue into a handler that counts",
    goal: 1.15,
    forRivals: true,
    run: consuming("count", { warmUp: 5000, messages: 40_000, bytes: 170 }),
  },
  {
    name: "publish",
    text: "20 000 publishes with confirms, 100 in flight, data of 500 bytes",
    goal: 1.25,
    forRivals: true,
    run: publishing({ warmUp: 5000, messages: 20_000, bytes: 500 }),
  },
  {
    name: "forward",
    text: "10 000 messages of 500 bytes: published on, then acknowledged",
    forRivals: false,
    run: consuming("forward", { warmUp: 2500, messages: 10_000, bytes: 170 }, true),
  },
  {
    name: "request",
    text: "10 000 requests and replies with data of 500 bytes, 100 in flight; caller and handler in one process",
    forRivals: false,
    run: asking({ warmUp: 2500, messages: 10_000, bytes: 500 }),
  },
  {
    name: "memory",
    text: "100 000 messages of 1 KB through a handler; memory at 20 000 and at the end",
    forRivals: true,
    run: consuming("count", { warmUp: 5000, messages: 95_000, bytes: 700, rssAt: [20_000, 100_000] }),
  },
];

/** From a queue that was filled before; with `forwards` each message goes on into a second queue. */
function consuming(child: string, shape: Shape, forwards = false): Workload["run"] {
  return async (side, { broker, url, profile }) => {
    const total = shape.warmUp + shape.messages;
    const queue = await broker.make();
    const out = forwards ? await broker.make() : undefined;
    await broker.fill(queue, total, shape.bytes);
    const settings = { queue: queue.name, routingKey: queue.routingKey, outKey: out?.routingKey, prefetch, ...shape };
    const sample = await runWorkload(programOf(side, child), { url, settings, profile });
    await broker.expect(queue, 0);
    if (out) await broker.expect(out, total);
    for (const made of out ? [queue, out] : [queue]) await broker.remove(made);
    return sample;
  };
}

function publishing(shape: Shape): Workload["run"] {
  return async (side, { broker, url, profile }) => {
    const queue = await broker.make();
    const settings = { queue: queue.name, routingKey: queue.routingKey, inFlight, ...shape };
    const sample = await runWorkload(programOf(side, "publish"), { url, settings, profile });
    await broker.expect(queue, shape.warmUp + shape.messages);
    await broker.remove(queue);
    return sample;
  };
}

function asking(shape: Shape): Workload["run"] {
  return async (side, { broker, url, profile }) => {
    const queue = await broker.make();
    const settings = { queue: queue.name, routingKey: queue.routingKey, inFlight, prefetch, ...shape };
    const sample = await runWorkload(programOf(side, "request"), { url, settings, profile });
    await broker.expect(queue, 0);
    await broker.remove(queue);
    return sample;
  };
}

export const readyGoalMs = 250;

/** Milliseconds until a compiled service with one subscription is ready, and until an empty Node process has ended. */
export async function measureReady(
  { broker, url }: RunContext,
  rounds: number,
): Promise<{ readonly ready: readonly number[]; readonly bare: readonly number[] }> {
  const queue = await broker.make();
  const settings = { queue: queue.name, routingKey: queue.routingKey };
  const service = [here("../dist/cli/main.js"), "run", here("workloads/ready-service.mjs")];
  const parameters = [...service, "--production", "--logger", "disabled"];
  const ready: number[] = [];
  const bare: number[] = [];
  // The first start makes the dead-letter queue and is not counted.
  for (let round = 0; round <= rounds; round++) {
    const { ms, output } = await timeProcess(parameters, { url, settings }, true);
    if (output !== "ready\n") throw new Error(`The service printed ${JSON.stringify(output)}.`);
    const empty = await timeProcess(["-e", "0"], { url, settings });
    if (round === 0) continue;
    ready.push(ms);
    bare.push(empty.ms);
  }
  await broker.remove(queue);
  return { ready, bare };
}
