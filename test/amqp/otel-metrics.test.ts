// Metrics by a real SDK of OpenTelemetry: the same numbers as the operations port, under the names of the conventions.
import { metrics } from "@opentelemetry/api";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  type MetricData,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { afterEach, expect, it } from "vitest";
import { amqp, amqpPublish, defineService, on, type Service } from "../../src/index.ts";
import { describeWithBroker, until } from "../support/broker.ts";
import { createScope, start } from "../support/running.ts";

afterEach(() => metrics.disable());

describeWithBroker("OpenTelemetry's meter", () => {
  it("receives the counts, and can still be used after the run", async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1_000_000 });
    const provider = new MeterProvider({ readers: [reader] });
    metrics.setGlobalMeterProvider(provider);
    const scope = createScope();
    const handlers = {
      onPaid: on(amqp("order.*.paid", { queueName: "paid" }), (data: string) => {
        if (data === "bad") throw new TypeError("no such customer");
      }),
    };
    const service = defineService({ name: "orders", options: scope.options(), handlers });
    const collect = async (): Promise<ReadonlyMap<string, MetricData>> => {
      exporter.reset();
      await reader.forceFlush();
      const all = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((one) => one.metrics));
      return new Map(all.map((one) => [one.descriptor.name, one]));
    };
    {
      await using running = await start(service);
      const [orders] = running.services as [Service];
      for (const data of ["1", "2", "bad"]) await amqpPublish(orders, data, { routingKey: "order.7.paid" });
      const settled = async (): Promise<number | undefined> => {
        const points = (await collect()).get("tomodachi.messages.settled")?.dataPoints ?? [];
        return points.find(({ attributes }) => attributes["outcome"] === "dead-letter")?.value as number | undefined;
      };
      await until(async () => (await settled()) === 1, { what: "the dead letter" });
      const told = await collect();
      const [sent] = told.get("messaging.client.sent.messages")?.dataPoints ?? [];
      expect(sent).toMatchObject({
        value: 3,
        attributes: {
          "messaging.system": "rabbitmq",
          "messaging.operation.name": "publish",
          "messaging.destination.name": "amq.topic",
          "tomodachi.service": "orders",
        },
      });
      const duration = told.get("messaging.process.duration");
      expect(duration?.descriptor).toMatchObject({ unit: "s" });
      const counts = duration?.dataPoints.map(({ attributes, value }) => [
        attributes["error.type"],
        attributes["messaging.destination.template"],
        (value as { readonly count: number }).count,
      ]);
      expect(counts).toEqual([
        [undefined, "order.*.paid", 2],
        ["TypeError", "order.*.paid", 1],
      ]);
      expect(told.get("tomodachi.service.healthy")?.dataPoints[0]?.value).toBe(1);
    }
    await provider.shutdown();
  });
});
