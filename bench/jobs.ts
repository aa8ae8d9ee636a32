// What is measured: the jobs, the forms that each may take, and how far from plain amqplib it may be.
import { setTimeout as sleep } from "node:timers/promises";
import type { BenchBroker, BenchQueue, QueueType } from "./broker.ts";
import { runWorkload, type Sample } from "./measure.ts";
import { type Rival, rivals } from "./rivals/rivals.ts";

export type Side = "tomodachi" | "amqplib" | Rival;

export interface RunContext {
  readonly broker: BenchBroker;
  readonly url: string;
  /** A folder for CPU profiles, one folder in it for each side of each job. */
  readonly profile: string | undefined;
}

/** One cell of the matrix. */
export interface Cell {
  /** Of the data, about; the envelope adds about 330. */
  readonly bytes: number;
  readonly prefetch: number;
  readonly queueType: QueueType;
}

export const usualCell: Cell = { bytes: 500, prefetch: 100, queueType: "classic" };

export interface Job {
  readonly name: string;
  readonly text: string;
  /** Highest ratio of the CPU time of a message to that of plain amqplib. */
  readonly goal?: number;
  /** Whether rivals have it too. */
  readonly forRivals?: boolean;
  /** Whether it is measured in every cell of the matrix. */
  readonly inMatrix?: boolean;
  /** Whether it runs only when it is named, because it takes minutes. */
  readonly onlyByName?: boolean;
  run(side: Side, cell: Cell, context: RunContext): Promise<Sample>;
}

interface Shape {
  readonly warmUp: number;
  readonly messages: number;
  /** Messages at which the memory is read. */
  readonly rssAt?: readonly number[];
  /**
   * The messages are split into this many parts, and the median memory of each is reported: one reading is before or after a
   * garbage collection.
   */
  readonly rssParts?: number;
  readonly form?: "json" | "protobuf";
}

const inFlight = 100;

/** The program of one side, beside this file. */
function programOf(side: Side, child: string): string {
  return rivals.some((rival) => rival === side) ? `rivals/${side}/${child}.mjs` : `workloads/${child}-${side}.mjs`;
}

export const jobs: readonly Job[] = [
  {
    name: "count",
    text: "45 000 messages from a full queue into a handler that counts; warm: the last 40 000",
    goal: 0.85,
    forRivals: true,
    inMatrix: true,
    run: consuming("count", { warmUp: 5000, messages: 40_000 }),
  },
  {
    name: "forward",
    text: "12 500 messages: published on with a confirm, then acknowledged; warm: the last 10 000",
    goal: 0.85,
    inMatrix: true,
    run: consuming("forward", { warmUp: 2500, messages: 10_000 }, true),
  },
  {
    name: "publish",
    text: "25 000 publishes with confirms, 100 in flight; warm: the last 20 000",
    goal: 0.8,
    forRivals: true,
    run: publishing({ warmUp: 5000, messages: 20_000 }),
  },
  {
    name: "request",
    text: "12 500 requests and replies, 100 in flight, caller and handler in one process; warm: the last 10 000",
    goal: 0.85,
    run: asking({ warmUp: 2500, messages: 10_000 }),
  },
  {
    name: "retry",
    text: "25 000 messages, of which 1 % fail once and come back after a second; warm: the last 20 000",
    run: consuming("retry", { warmUp: 5000, messages: 20_000 }),
  },
  {
    name: "protobuf",
    text: "25 000 protobuf messages in ProtobufBase, read with protobufjs; warm: the last 20 000",
    run: consuming("protobuf", { warmUp: 5000, messages: 20_000, form: "protobuf" }),
  },
  {
    name: "latency",
    text: "200 messages a second, one by one: from the publisher to the handler; after 10 000 faster ones",
    run: paced({ warmUp: 10_000, messages: 3000 }),
  },
  {
    name: "latency-new",
    text: "the same in a new process: after the first 200, all at that pace",
    run: paced({ warmUp: 200, messages: 1000, pacedFrom: 0 }),
  },
  {
    name: "memory",
    text: "100 000 messages through a handler; memory at 20 000 and at the end",
    run: consuming("count", { warmUp: 5000, messages: 95_000, rssAt: [20_000, 100_000] }),
  },
  {
    name: "million",
    text: "1 000 000 messages through a handler; memory in each quarter (its median), by the last message of the quarter",
    onlyByName: true,
    run: consuming("count", { warmUp: 5000, messages: 995_000, rssParts: 4 }),
  },
];

/** From a queue that was filled before; with `forwards` each message goes on into a second queue. */
function consuming(child: string, shape: Shape, forwards = false): Job["run"] {
  return async (side, cell, { broker, url, profile }) => {
    const total = shape.warmUp + shape.messages;
    const queue = await broker.make(cell.queueType);
    const out = forwards ? await broker.make(cell.queueType) : undefined;
    await broker.fill(queue, total, cell.bytes, shape.form);
    const settings = { ...settingsOf(queue, cell, shape), outKey: out?.routingKey };
    const sample = await runWorkload(programOf(side, child), { url, settings, profile });
    // On a quorum queue RabbitMQ forgets acknowledgements of a channel that closes too soon: docs/decisions/0053.
    const forgives = side !== "tomodachi" && cell.queueType === "quorum";
    const left = await broker.count(queue);
    if (left > 0 && forgives)
      process.stdout.write(`  ${side}: ${left} messages came back after they were acknowledged\n`);
    else await broker.expect(queue, 0);
    if (out) await broker.expect(out, total);
    for (const made of out ? [queue, out] : [queue]) await broker.remove(made);
    return sample;
  };
}

function publishing(shape: Shape): Job["run"] {
  return async (side, cell, { broker, url, profile }) => {
    const queue = await broker.make(cell.queueType);
    const settings = settingsOf(queue, cell, shape);
    const sample = await runWorkload(programOf(side, "publish"), { url, settings, profile });
    await broker.expect(queue, shape.warmUp + shape.messages);
    await broker.remove(queue);
    return sample;
  };
}

function asking(shape: Shape): Job["run"] {
  return async (side, cell, { broker, url, profile }) => {
    const queue = await broker.make("classic", { deadLetters: false });
    const settings = { ...settingsOf(queue, cell, shape), queueType: "classic" };
    const sample = await runWorkload(programOf(side, "request"), { url, settings, profile });
    await broker.expect(queue, 0);
    await broker.remove(queue);
    return sample;
  };
}

/** One message every five milliseconds, sent when the program is ready. Those before `pacedFrom` come ten at once, each two milliseconds. */
function paced({ pacedFrom = 10_000, ...shape }: Shape & { readonly pacedFrom?: number }): Job["run"] {
  return async (side, cell, { broker, url, profile }) => {
    const total = shape.warmUp + shape.messages;
    const queue = await broker.make(cell.queueType);
    const ready = async (): Promise<void> => {
      const startedAt = performance.now();
      const dueAt = (id: number): number =>
        Math.floor(Math.min(id, pacedFrom) / 10) * 2 + Math.max(0, id - pacedFrom) * 5;
      for (let id = 0; id < total; id++) {
        const wait = startedAt + dueAt(id) - performance.now();
        if (wait > 0) await sleep(wait);
        broker.send(queue, id, cell.bytes);
      }
    };
    const settings = settingsOf(queue, cell, shape);
    const sample = await runWorkload(programOf(side, "latency"), { url, settings, profile, ready });
    await broker.expect(queue, 0);
    await broker.remove(queue);
    return sample;
  };
}

function settingsOf(queue: BenchQueue, cell: Cell, shape: Shape): Readonly<Record<string, unknown>> {
  return { queue: queue.name, routingKey: queue.routingKey, inFlight, ...cell, ...shape };
}
