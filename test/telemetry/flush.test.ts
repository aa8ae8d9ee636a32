// At the end of a run, spans that an exporter keeps for its next batch are sent: the command ends the process right after.
import { context, propagation, trace } from "@opentelemetry/api";
import { BatchSpanProcessor, InMemorySpanExporter } from "@opentelemetry/sdk-trace-base";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { afterEach, expect, it } from "vitest";
import { amqp, amqpPublish, defineService, on, type Service } from "../../src/index.ts";
import { describeWithBroker, until } from "../support/broker.ts";
import { createScope, start } from "../support/running.ts";

afterEach(() => {
  trace.disable();
  context.disable();
  propagation.disable();
});

describeWithBroker("the end of a run", () => {
  it("sends the spans of a waiting batch", async () => {
    const exporter = new InMemorySpanExporter();
    const batches = new BatchSpanProcessor(exporter, { scheduledDelayMillis: 600_000 });
    new NodeTracerProvider({ spanProcessors: [batches] }).register();
    const { running, seen } = await publishOne();
    await until(() => seen.length === 1, { what: "the run" });
    expect(exporter.getFinishedSpans()).toEqual([]);
    await running.stop();
    const names = exporter.getFinishedSpans().map(({ name }) => name.split(" ")[0]);
    expect(names.sort()).toEqual(["process", "publish"]);
  });

  it("does not wait for an exporter without an answer, and ignores one that throws", async () => {
    const sdk = new NodeTracerProvider();
    const hangs = () => new Promise(() => {});
    const throws = () => {
      throw new Error("no exporter");
    };
    for (const forceFlush of [hangs, throws]) {
      const provider = { getTracer: (name: string) => sdk.getTracer(name), forceFlush };
      trace.setGlobalTracerProvider(provider);
      const { running } = await publishOne();
      expect(await running.stop()).toBe(0);
      trace.disable();
    }
  });
});

async function publishOne() {
  const scope = createScope();
  const seen: unknown[] = [];
  const Flushed = defineService({
    name: "flushed",
    options: scope.options(),
    handlers: { on: on(amqp("key", { queueName: "flushed" }), (data) => void seen.push(data)) },
  });
  const running = await start(Flushed);
  await amqpPublish(running.services[0] as Service, "x", { routingKey: "key" });
  return { running, seen };
}
