// A service under OpenTelemetry's instrumentation of amqplib, in a process of its own: prints what the instrumentation saw.
import { registerInstrumentations } from "@opentelemetry/instrumentation";
import { AmqplibInstrumentation } from "@opentelemetry/instrumentation-amqplib";
import { InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

const exporter = new InMemorySpanExporter();
let started = 0;
let ended = 0;
const counter = {
  onStart: () => void started++,
  onEnd: () => void ended++,
  shutdown: async () => {},
  forceFlush: async () => {},
};
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter), counter] });
provider.register();
registerInstrumentations({ instrumentations: [new AmqplibInstrumentation()], tracerProvider: provider });

// After the registration: what is loaded from here on would be patched.
const { amqp, amqpPublish, defineService, JsonBase, on, runServices } = await import("../../dist/index.js");
const { startBroker } = await import("../../dist/amqp-broker/index.js");

const count = Number(process.argv[2]);
const broker = await startBroker();
let handled = 0;
let done;
const all = new Promise((resolve) => {
  done = resolve;
});
const Counting = defineService({
  name: "counting",
  messageEnvelope: JsonBase,
  options: { amqp: { url: broker.url } },
  handlers: {
    count: on(amqp("count", { queueName: "count" }), async () => {
      if (++handled === count) done();
    }),
  },
});
const run = await runServices([Counting], { environment: {} });
const service = run.services[0];
const body = "x".repeat(10_000);
globalThis.gc?.();
const before = process.memoryUsage().heapUsed + process.memoryUsage().external;
for (let sent = 0; sent < count; sent += 100) {
  const publishes = Array.from({ length: 100 }, () => amqpPublish(service, { body }, { routingKey: "count" }));
  await Promise.all(publishes);
}
await all;
await run.stop();
await broker.stop();
// What buffers held is given back in the turns after a collection.
for (let round = 0; round < 3; round++) {
  globalThis.gc?.();
  await new Promise((resolve) => setTimeout(resolve, 50));
}
const { heapUsed, external } = process.memoryUsage();
process.stdout.write(`${JSON.stringify({ handled, started, ended, grown: heapUsed + external - before })}\n`);
