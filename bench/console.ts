// npm run bench:console [-- --rounds 5] [--messages 100000] [--page]: what the console costs a service: without it, with it while no
// page is open, and with a client that reads the stream. The sides are run in turn, so that what slows the machine down slows all.
// --page adds the page in a real browser.
import { spawn } from "node:child_process";
import { parseArgs } from "node:util";
import { startRabbitMq } from "../scripts/rabbitmq.ts";
import { BenchBroker, type BenchQueue } from "./broker.ts";
import { openPage, type PageFigures } from "./console-page.ts";
import { here, median, type Sample } from "./measure.ts";

type Side = "without" | "no page" | "stream" | "page";

interface Measured {
  readonly sample: Sample;
  /** From the start of the process to its line "Ready". */
  readonly readyMs: number;
  readonly page: PageFigures | undefined;
}

const bytes = 500;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    messages: { type: "string", default: "100000" },
    page: { type: "boolean", default: false },
  },
});
const shape = { warmUp: 10_000, messages: Number(values.messages), prefetch: 100, queueType: "classic" } as const;
const sides: readonly Side[] = ["without", "no page", "stream", ...(values.page ? (["page"] as const) : [])];

const node = await startRabbitMq({ name: "bench" });
const broker = await BenchBroker.connect(node.url);
const measured = new Map<Side, Measured[]>(sides.map((side) => [side, []]));
for (let round = 0; round < Number(values.rounds); round++) {
  for (const side of round % 2 === 0 ? sides : [...sides].reverse()) {
    const queue = await broker.make("classic");
    measured.get(side)?.push(await measure(side, queue));
    await broker.remove(queue);
  }
}
await broker.close();
await node.stop();
report();

async function measure(side: Side, queue: BenchQueue): Promise<Measured> {
  const settings = { ...shape, queue: queue.name, routingKey: queue.routingKey };
  const words = ["run", here("workloads/console-service.mjs"), "--log-level", "warn"];
  const startedAt = performance.now();
  const child = spawn(
    process.execPath,
    [here("../dist/cli/main.js"), ...words, ...(side === "without" ? ["--no-console"] : ["--console-port", "0"])],
    {
      env: { ...process.env, TOMODACHI_AMQP_URL: node.url, BENCH_SETTINGS: JSON.stringify(settings), NODE_OPTIONS: "" },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  let output = "";
  const seen = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const found = pattern.exec(output);
      if (found) return found[1] ?? found[0];
      await new Promise((resolve) => child.stdout.once("data", resolve));
    }
  };
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  await seen(/Ready\./);
  const readyMs = performance.now() - startedAt;
  const closing = new AbortController();
  if (side === "stream") await readStream(await seen(/Console: (\S+)/), closing.signal);
  const page = side === "page" ? await openPage(await seen(/Console: (\S+)/)) : undefined;
  const filled = broker.spread([queue], shape.warmUp + shape.messages, bytes);
  const figures = page && (await page.watch(ended));
  await filled;
  const code = await ended;
  closing.abort();
  await page?.close();
  if (code !== 0) throw new Error(`The service ended with exit code ${code}:\n${output}`);
  const [, json = ""] = /^(\{"handled".*)$/m.exec(output) ?? [];
  return { sample: JSON.parse(json) as Sample, readyMs, page: figures };
}

/** Reads as a page does, and resolves when the first state is there. */
async function readStream(address: string, signal: AbortSignal): Promise<void> {
  const { origin, hash } = new URL(address);
  const headers = { authorization: `Bearer ${hash.slice(1)}` };
  const response = await fetch(`${origin}/api/stream`, { headers, signal });
  let first: (() => void) | undefined;
  const opened = new Promise<void>((resolve) => {
    first = resolve;
  });
  const read = async (): Promise<void> => {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      if (Buffer.from(chunk).includes("event: live")) first?.();
    }
  };
  void read().catch(() => {});
  await opened;
}

function report(): void {
  const of = (side: Side, value: (one: Measured) => number): number => median((measured.get(side) ?? []).map(value));
  const cpu = (side: Side): number => of(side, ({ sample }) => sample.warm.cpuMicros);
  for (const side of sides) {
    const figures = [
      `${cpu(side).toFixed(1)} us of CPU a message (${(cpu(side) / cpu("without")).toFixed(2)})`,
      `${of(side, ({ sample }) => sample.warm.perSecond).toFixed(0)} messages a second`,
      `event loop p99 ${of(side, ({ sample }) => sample.loopP99Ms).toFixed(1)} ms`,
      `ready after ${of(side, ({ readyMs }) => readyMs).toFixed(0)} ms`,
    ];
    process.stdout.write(`${side}: ${figures.join(", ")}\n`);
  }
  for (const { page } of measured.get("page") ?? []) {
    if (page) process.stdout.write(`page: ${JSON.stringify(page)}\n`);
  }
  process.stdout.write(`${JSON.stringify(Object.fromEntries(measured))}\n`);
}
