// A service beside plain amqplib, under OpenTelemetry's instrumentation of amqplib, in its own process: prints what was seen.
import { createRequire, register } from "node:module";
import { trace } from "@opentelemetry/api";
import { registerInstrumentations } from "@opentelemetry/instrumentation";
import { AmqplibInstrumentation } from "@opentelemetry/instrumentation-amqplib";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

const spans = [];
let keep = false;
let foreign = 0;
let own = 0;
const isForeign = ({ instrumentationScope }) => instrumentationScope.name.endsWith("amqplib");
const processor = {
  onStart: (span) => void (isForeign(span) ? foreign++ : own++),
  onEnd: (span) => void (keep && spans.push(span)),
  shutdown: async () => {},
  forceFlush: async () => {},
};
const provider = new NodeTracerProvider({ spanProcessors: [processor] });
provider.register();
registerInstrumentations({ instrumentations: [new AmqplibInstrumentation()], tracerProvider: provider });
register("@opentelemetry/instrumentation/hook.mjs", import.meta.url);

// After the registration: what is loaded from here on is patched.
const { connect } = createRequire(import.meta.url)("amqplib");
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
    answer: on(amqp("question", { queueName: "question", messageEnvelope: null }), async (_text, { service }) => {
      await amqpPublish(service, "answer", { routingKey: "answer", messageEnvelope: null });
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
const alone = { foreign, own };
// What buffers held is given back in the turns after a collection.
for (let round = 0; round < 3; round++) {
  globalThis.gc?.();
  await new Promise((resolve) => setTimeout(resolve, 50));
}
const { heapUsed, external } = process.memoryUsage();

// Other code of the process asks by plain amqplib, and gets the answer: one trace.
keep = true;
const connection = await connect(broker.url);
const channel = await connection.createChannel();
await channel.assertQueue("answers");
await channel.bindQueue("answers", "amq.topic", "answer");
const answered = new Promise((resolve) => {
  void channel.consume("answers", (message) => {
    channel.ack(message);
    resolve();
  });
});
await trace.getTracer("script").startActiveSpan("script", async (span) => {
  channel.publish("amq.topic", "question", Buffer.from("question"));
  span.end();
});
await answered;
await run.stop();
await connection.close();
await broker.stop();
const path = (span) => {
  const parent = spans.find((one) => one.spanContext().spanId === span.parentSpanContext?.spanId);
  return `${parent ? `${path(parent)} > ` : ""}${span.name}`;
};
const longest = spans.map(path).reduce((a, b) => (a.length > b.length ? a : b));
process.stdout.write(`${JSON.stringify({ handled, alone, grown: heapUsed + external - before, longest })}\n`);
