// An embedded broker in its own process: prints its URL, answers each line on stdin with its memory and CPU time.
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { startBroker } from "../../dist/amqp-broker/index.js";

const before = performance.now();
const broker = await startBroker();
const startMs = performance.now() - before;
process.stdout.write(`${JSON.stringify({ url: broker.url, startMs })}\n`);
createInterface({ input: process.stdin })
  .on("line", () => {
    globalThis.gc?.();
    const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    process.stdout.write(`${JSON.stringify({ rss, heapUsed, external, arrayBuffers, cpuMicros: user + system })}\n`);
  })
  .on("close", () => void broker.stop());
