// npm run bench:context [-- --rounds 9] [--node <path of another Node>]: what options.asyncContext costs a message.
// The sides are run in turn, so that what slows the machine down slows both; the figure is CPU time after the warm-up.
import { parseArgs } from "node:util";
import { startRabbitMq } from "../scripts/rabbitmq.ts";
import { BenchBroker } from "./broker.ts";
import { median, runWorkload } from "./measure.ts";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "9" }, node: { type: "string", default: process.execPath } },
});
const shape = { warmUp: 5000, messages: 40_000, bytes: 500, prefetch: 100, queueType: "classic" } as const;
const sides = { off: { asyncContext: false }, on: { asyncContext: true } } as const;

const node = await startRabbitMq({ name: "bench" });
const broker = await BenchBroker.connect(node.url);
const seen = { off: [] as number[], on: [] as number[] };
for (let round = 0; round < Number(values.rounds); round++) {
  for (const side of round % 2 === 0 ? (["off", "on"] as const) : (["on", "off"] as const)) {
    const queue = await broker.make("classic");
    await broker.fill(queue, shape.warmUp + shape.messages, shape.bytes);
    const settings = { queue: queue.name, routingKey: queue.routingKey, ...shape, ...sides[side] };
    const program = "workloads/count-tomodachi.mjs";
    const { warm } = await runWorkload(program, { url: node.url, settings, node: values.node });
    seen[side].push(warm.cpuMicros);
    await broker.remove(queue);
  }
}
const [off, on] = [median(seen.off), median(seen.on)];
const share = ((on / off - 1) * 100).toFixed(1);
process.stdout.write(`asyncContext off ${off.toFixed(1)} µs, on ${on.toFixed(1)} µs a message: ${share} %\n`);
process.stdout.write(`${JSON.stringify(seen)}\n`);
await broker.close();
await node.stop();
