/** When a run is traced, and that an SDK which fails harms no message. */
import { context, propagation, type Span, type TextMapPropagator, trace } from "@opentelemetry/api";
import { InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { afterEach, describe, expect, it, vi } from "vitest";
import { capturingLogger } from "../../test/support/capturing-logger.ts";
import type { ObservedDelivery, ObservedSending } from "../service/observed-work.ts";
import { acknowledge } from "../service/outcome.ts";
import type { PlannedRun } from "../service/runner.ts";
import type { Service } from "../service/service.ts";
import { telemetry } from "./telemetry.ts";

const exporter = new InMemorySpanExporter();
/** What all spans of the SDK share. */
const SpanOfSdk = Object.getPrototypeOf(new NodeTracerProvider().getTracer("test").startSpan("test")) as Span;

function registerSdk(propagator?: TextMapPropagator): void {
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  provider.register(propagator ? { propagator } : {});
}

afterEach(() => {
  exporter.reset();
  trace.disable();
  context.disable();
  propagation.disable();
});

async function plan(option?: unknown, variable?: string) {
  const { logger, lines } = await capturingLogger();
  const services = [{ name: "orders", options: { telemetry: option } }] as unknown as readonly Service[];
  const environment = { TOMODACHI_TELEMETRY: variable };
  const run: PlannedRun = { services, environment, logger };
  return { run, lines, service: services[0] as Service };
}

const sending: ObservedSending = {
  kind: "publish",
  service: { name: "orders" } as Service,
  exchange: "",
  routingKey: "order.17",
  template: undefined,
  server: undefined,
};

const delivery = {
  key: {},
  headers: {},
  queueTemplate: "q",
  queueName: "q",
  template: "order.*",
  origin: { exchange: "", routingKey: "q" },
  bytes: 3,
  handler: "onOrder",
  attempt: 1,
} as unknown as ObservedDelivery;

describe("telemetry", () => {
  it("is off while no provider is registered, and on automatically when one is", async () => {
    const { run, service } = await plan();
    expect(await telemetry(run)).toBeUndefined();
    registerSdk();
    const added = await telemetry(run);
    added?.observerOf?.(service)?.sending?.(sending)?.ended({});
    expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(["publish amq.default"]);
    const { name, version } = exporter.getFinishedSpans()[0]?.instrumentationScope ?? {};
    expect([name, version]).toEqual(["tomodachi", expect.stringMatching(/^\d+\.\d+\.\d+/)]);
    expect(added?.logFields?.()).toBeUndefined();
  });

  it.each([
    ["an option", false, undefined],
    ["a variable", undefined, "off"],
    ["a variable against an option", true, "0"],
  ])("is switched off by %s", async (_by, option, variable) => {
    registerSdk();
    const { run } = await plan(option, variable);
    expect(await telemetry(run)).toBeUndefined();
  });

  it.each([
    ['options.telemetry of the service "orders"', true, undefined],
    ["TOMODACHI_TELEMETRY", undefined, "on"],
    ["TOMODACHI_TELEMETRY", false, "1"],
  ])("that %s requires fails the start when no provider is registered", async (who, option, variable) => {
    const { run, service } = await plan(option, variable);
    await expect(telemetry(run)).rejects.toMatchObject({
      code: "ERR_TELEMETRY",
      message: expect.stringContaining(`${who} requires telemetry, but no OpenTelemetry SDK is registered`),
    });
    registerSdk();
    expect((await telemetry(run))?.observerOf?.(service)).toBeDefined();
  });

  it("refuses values other than on and off", async () => {
    const { run } = await plan(undefined, "maybe");
    await expect(telemetry(run)).rejects.toMatchObject({
      code: "ERR_CONFIGURATION",
      message: 'TOMODACHI_TELEMETRY cannot be "maybe". Known values: on, off.',
    });
  });

  it("loses a span but never a message when a propagator throws, and logs it once", async () => {
    const broken = (): never => {
      throw new Error("broken");
    };
    registerSdk({ inject: broken, extract: broken, fields: () => [] });
    const { run, service, lines } = await plan();
    const observer = (await telemetry(run))?.observerOf?.(service);
    const sent = observer?.sending?.(sending);
    expect(sent?.built?.(delivery)).toBeUndefined();
    sent?.ended({});
    expect(observer?.delivered?.(delivery)).toBeUndefined();
    expect(lines.map(({ msg }) => msg)).toEqual([
      "OpenTelemetry failed (broken), so spans are missing. Messages are still handled",
    ]);
  });

  it("ends a span even if some of its data could not be set", async () => {
    registerSdk();
    const { run, service } = await plan();
    const observer = (await telemetry(run))?.observerOf?.(service);
    const startSpan = vi.spyOn(SpanOfSdk, "addEvent").mockImplementation(() => {
      throw new Error("broken");
    });
    try {
      observer?.sending?.(sending)?.ended({ error: new Error("no"), returned: true });
      observer?.delivered?.(delivery)?.ended({ outcome: acknowledge, duplicate: false, error: new Error("no") });
      observer?.run?.({ service, handler: "tick", label: "@schedule" })?.ended(new Error("no"));
    } finally {
      startSpan.mockRestore();
    }
    expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual([
      "publish amq.default",
      "process q",
      "run orders.tick",
    ]);
  });

  it("omits headers that cannot be sent in a message", async () => {
    const inject: TextMapPropagator["inject"] = (_context, carrier, setter) => {
      const given: readonly (readonly [string, unknown])[] = [
        ["good", "yes"],
        ["", "no name"],
        ["n".repeat(256), "a long name"],
        ["long", "x".repeat(8193)],
        ["odd", { toString: () => "text" }],
        ["none", undefined],
      ];
      for (const [name, value] of given) setter.set(carrier, name, value as string);
    };
    registerSdk({ inject, extract: (context) => context, fields: () => [] });
    const { run, service } = await plan();
    const sent = (await telemetry(run))?.observerOf?.(service)?.sending?.(sending);
    expect(sent?.built?.(delivery)).toEqual({ good: "yes" });
  });

  it("does not fail the start when a provider throws", async () => {
    const getTracer = (): never => {
      throw new Error("broken");
    };
    trace.setGlobalTracerProvider({ getTracer });
    const { run, lines } = await plan();
    expect(await telemetry(run)).toBeUndefined();
    expect(lines.map(({ msg }) => msg)).toEqual([expect.stringContaining("spans are missing")]);
  });

  it("hides passwords of URLs in spans, and reads thrown values safely", async () => {
    registerSdk();
    const { run, service } = await plan();
    const observer = (await telemetry(run))?.observerOf?.(service);
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    for (const error of [new Error("no amqp://me:secret@host"), proxy, undefined, "text", Symbol("odd")]) {
      observer?.sending?.(sending)?.ended({ error });
    }
    observer?.delivered?.(delivery)?.ended({ outcome: acknowledge, duplicate: true, error: undefined });
    const spans = exporter.getFinishedSpans();
    expect(spans).toHaveLength(6);
    expect(JSON.stringify(spans.map(({ events, status }) => [events, status]))).not.toContain("secret");
    expect(spans[0]?.events[0]?.attributes?.["exception.message"]).toBe("no amqp://me:***@host");
    expect(spans.at(-1)?.attributes).toMatchObject({
      "messaging.destination.name": "q",
      "tomodachi.outcome": "duplicate",
    });
  });
});
