// How soon a service consumes again after a clean close, and what many reconnects leave in memory; on an embedded broker.
import { setTimeout as sleep } from "node:timers/promises";
import { startBroker } from "../src/amqp-broker/broker.ts";
import { amqp, createLogger, defineOptions, runServices, Service, type ServiceRun } from "../src/index.ts";

const services = 25;
const rounds = 80;
/** How many rounds apart the heap is looked at; by the first look everything that is made once has been made. */
const lookEvery = 10;
/** How long a connection has to be open to be opened again at once. */
const steadyMs = 2100;
const samples = 5;

const broker = await startBroker();
const logger = await createLogger({ level: "fatal" });

function serviceNumber(number: number): Service {
  class Reconnects extends Service {
    name = `reconnects-${number}`;
    override options = defineOptions({ amqp: { url: broker.url } });
    @amqp(`key-${number}`) on() {}
  }
  return new Reconnects();
}

/** Closes every connection and resolves, with the milliseconds it took, when every service consumes again. */
async function reconnect(run: ServiceRun): Promise<number> {
  const started = performance.now();
  broker.closeConnections("closed by the benchmark");
  while (run.health().every(({ healthy }) => healthy)) await new Promise((resolve) => setImmediate(resolve));
  while (!run.health().every(({ healthy }) => healthy)) await sleep(1);
  return performance.now() - started;
}

function usedBytes(): number {
  if (!globalThis.gc) throw new Error("Run it with node --expose-gc: `npm run bench:reconnect`.");
  for (let times = 0; times < 3; times++) globalThis.gc();
  return process.memoryUsage().heapUsed;
}

const alone = await runServices([serviceNumber(0)], { logger, environment: {} });
const times: number[] = [];
for (let sample = 0; sample < samples; sample++) {
  await sleep(steadyMs);
  times.push(await reconnect(alone));
}
await alone.stop();
process.stdout.write(`consuming again after a clean close: ${times.map((ms) => `${ms.toFixed(0)} ms`).join(", ")}\n`);

const numbers = Array.from({ length: services }, (_, index) => index + 1);
const many = await runServices(numbers.map(serviceNumber), { logger, environment: {} });
for (let round = 1; round <= rounds; round++) {
  await reconnect(many);
  if (round % lookEvery !== 0) continue;
  process.stdout.write(
    `heap after ${round * services} reconnects of a service: ${(usedBytes() / 2 ** 20).toFixed(2)} MiB\n`,
  );
}
await many.stop();
await broker.stop();
