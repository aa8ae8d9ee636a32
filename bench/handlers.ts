// npm run bench:handlers [-- --handlers 1000] [--rounds 3]: what many handlers in one service cost, beside one handler.
import { parseArgs } from "node:util";
import { startRabbitMq } from "../scripts/rabbitmq.ts";
import { BenchBroker, type BenchQueue } from "./broker.ts";
import { here, median, type Sample, timeProcess } from "./measure.ts";

const shape = { warmUp: 5000, messages: 40_000, prefetch: 100 };
const bytes = 500;

interface Measured {
  readonly startMs: number[];
  readonly cpuMicros: number[];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { handlers: { type: "string", default: "1000" }, rounds: { type: "string", default: "3" } },
  });
  const many = Number(values.handlers);
  const rounds = Number(values.rounds);
  if (!Number.isInteger(many) || many < 2) throw new Error("--handlers must be a whole number above 1.");
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error("--rounds must be a whole number above 0.");
  const node = await startRabbitMq({ name: "bench" });
  try {
    const broker = await BenchBroker.connect(node.url);
    const sides = new Map([1, many].map((count) => [count, broker.names(count)] as const));
    const found = new Map<number, Measured>([...sides.keys()].map((count) => [count, { startMs: [], cpuMicros: [] }]));
    // The first start declares everything and is not counted.
    for (const queues of sides.values()) await start(node.url, queues, true);
    for (let round = 0; round < rounds; round++) {
      for (const [count, queues] of sides) {
        await broker.spread(queues, shape.warmUp + shape.messages, bytes);
        const { ms, output } = await start(node.url, queues, false);
        found.get(count)?.startMs.push(ms);
        found.get(count)?.cpuMicros.push((JSON.parse(output.replace("ready\n", "")) as Sample).warm.cpuMicros);
      }
    }
    for (const [count, { startMs, cpuMicros }] of found) {
      const figures = `ready after ${median(startMs).toFixed(0)} ms, ${median(cpuMicros).toFixed(1)} us of CPU for each message`;
      process.stdout.write(`${count} ${count === 1 ? "handler" : "handlers"}: ${figures}\n`);
    }
    const [one = Number.NaN, all = Number.NaN] = [...found.values()].map(({ cpuMicros }) => median(cpuMicros));
    process.stdout.write(`a message with ${many} handlers: ${(all / one).toFixed(2)} of one with a single handler\n`);
    await broker.close();
  } finally {
    await node.stop();
  }
}

function start(
  url: string,
  queues: readonly BenchQueue[],
  onlyDeclare: boolean,
): Promise<{ ms: number; output: string }> {
  return timeProcess([here("workloads/handlers-tomodachi.mjs")], { url, settings: { ...shape, queues, onlyDeclare } });
}

await main();
