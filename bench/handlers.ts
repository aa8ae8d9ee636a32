// npm run bench:handlers [-- --handlers 1000] [--rounds 3]: what many handlers in one service cost, beside one handler and beside plain amqplib.
import { parseArgs } from "node:util";
import { startRabbitMq } from "../scripts/rabbitmq.ts";
import { BenchBroker, type BenchQueue } from "./broker.ts";
import { here, median, type Sample, timeProcess } from "./measure.ts";

const shape = { warmUp: 5000, messages: 40_000, prefetch: 100 };
const bytes = 500;

interface Side {
  readonly program: "tomodachi" | "amqplib";
  readonly count: number;
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
    const sides: Side[] = [1, many].flatMap((count) =>
      (["tomodachi", "amqplib"] as const).map((program) => ({ program, count, startMs: [], cpuMicros: [] })),
    );
    const queues = new Map([1, many].map((count) => [count, broker.names(count)]));
    // The first start of each declares everything and is not counted; amqplib finds the queues that the framework made.
    for (const made of queues.values()) await start("tomodachi", node.url, made);
    for (let round = 0; round < rounds; round++) {
      for (const side of sides) {
        const own = queues.get(side.count) ?? [];
        // Messages come when everything consumes: what the start costs is not part of a message.
        const spread = (): Promise<void> => broker.spread(own, shape.warmUp + shape.messages, bytes);
        const { ms, output } = await start(side.program, node.url, own, spread);
        side.startMs.push(ms);
        side.cpuMicros.push((JSON.parse(output.replace("ready\n", "")) as Sample).warm.cpuMicros);
      }
    }
    for (const { program, count, startMs, cpuMicros } of sides) {
      const figures = `ready after ${median(startMs).toFixed(0)} ms, ${median(cpuMicros).toFixed(1)} us of CPU for each message`;
      process.stdout.write(`${program}, ${count} ${count === 1 ? "handler" : "handlers"}: ${figures}\n`);
    }
    for (const program of ["tomodachi", "amqplib"]) {
      const [one = Number.NaN, all = Number.NaN] = sides
        .filter((side) => side.program === program)
        .map(({ cpuMicros }) => median(cpuMicros));
      const ratio = (all / one).toFixed(2);
      process.stdout.write(`${program}: a message with ${many} handlers costs ${ratio} of one with a single handler\n`);
    }
    await broker.close();
  } finally {
    await node.stop();
  }
}

function start(
  program: Side["program"],
  url: string,
  queues: readonly BenchQueue[],
  ready?: () => Promise<void>,
): Promise<{ ms: number; output: string }> {
  return timeProcess([here(`workloads/handlers-${program}.mjs`)], {
    url,
    settings: { ...shape, queues, onlyDeclare: !ready },
    ready,
  });
}

await main();
