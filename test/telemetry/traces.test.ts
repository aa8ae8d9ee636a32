// One trace follows a message through services, retries, dead letters and replays, with the real SDK of OpenTelemetry.
import { SpanKind, trace } from "@opentelemetry/api";
import { afterAll, beforeEach, expect, it } from "vitest";
import { resolveConnectionOptions } from "../../src/amqp-client/options.ts";
import { DeadLetterBrowser } from "../../src/dead-letters/index.ts";
import {
  type AmqpContext,
  amqp,
  amqpPublish,
  amqpRequest,
  defineService,
  event,
  JsonBase,
  on,
  request,
  type ServiceClass,
  type StandardSchema,
  schedule,
} from "../../src/index.ts";
import { createSilentLogger } from "../../src/log/logger.ts";
import { amqpUrl, connectForeign, describeWithBroker, until } from "../support/broker.ts";
import { createScope, start, type TestScope } from "../support/running.ts";
import { eventsOf, hasFailed, startTracing } from "../support/tracing.ts";

const anything = {
  "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) },
} as const satisfies StandardSchema<unknown, unknown>;

const tracing = startTracing();
afterAll(() => tracing.stop());
beforeEach(() => tracing.reset());

const script = trace.getTracer("script");

/** Runs work in its own span, as an HTTP server or a script with a span does, and returns its trace. */
async function inSpan(name: string, work: () => Promise<unknown>): Promise<string> {
  return script.startActiveSpan(name, async (span) => {
    await work();
    span.end();
    return span.spanContext().traceId;
  });
}

const ended = (name: string, count = 1): Promise<unknown> =>
  until(() => tracing.spans().filter((span) => span.name === name).length >= count, { what: `${count} of "${name}"` });

/** The first may end last: its message returns on another connection than the confirm of its copy. */
const byAttempt = (name: string) =>
  tracing
    .spans()
    .filter((span) => span.name === name)
    .sort((one, other) => Number(one.attributes["tomodachi.attempt"]) - Number(other.attributes["tomodachi.attempt"]));

type Handlers = Parameters<typeof defineService>[0]["handlers"];

function service(scope: TestScope, name: string, handlers: Handlers): ServiceClass {
  return defineService({
    name: `${scope.prefix}${name}`,
    messageEnvelope: JsonBase,
    options: scope.options(),
    handlers,
  });
}

async function replay(queue: string): Promise<void> {
  const browser = new DeadLetterBrowser(resolveConnectionOptions({ url: amqpUrl }, {}), createSilentLogger());
  try {
    await browser.open();
    await until(async () => (await browser.count(queue)) === 1, { what: `a message in ${queue}` });
    const { signal } = new AbortController();
    await browser.work({ queue, action: { kind: "replay" }, signal, matches: () => true });
  } finally {
    await browser.close();
  }
}

describeWithBroker("a trace", () => {
  it("starts with the publish of an occurrence, and contains its run, its retry and its replay", async () => {
    const scope = createScope();
    let failing = 2;
    const once = { cron: "0 0 1 1 *", timezone: "UTC", immediately: true, once: "cluster" } as const;
    const Reports = service(scope, "reports", {
      send: on(schedule({ ...once, retry: { delays: ["100ms"], jitter: 0 } }), async (_dueAt: Date, context) => {
        if (failing-- > 0) throw new TypeError("no paper");
        await amqpPublish(context.service, 1, { routingKey: "report.sent" });
      }),
    });
    const queue = `${scope.prefix}${scope.prefix}reports.send.schedule`;
    // The span is active while the service starts, and the occurrence does not belong to it.
    let running: Awaited<ReturnType<typeof start>> | undefined;
    await inSpan("script", async () => {
      running = await start(Reports);
    });
    await using _stopped = running as Awaited<ReturnType<typeof start>>;
    await ended(`process ${queue}`, 2);
    await replay(`${queue}.dlq`);
    await ended(`process ${queue}`, 3);
    const name = `publish ${scope.prefix}reports.send`;
    await ended(name);
    const publish = tracing.span(name);
    expect(publish?.kind).toBe(SpanKind.PRODUCER);
    expect(publish?.parentSpanContext).toBeUndefined();
    expect(publish?.attributes).toMatchObject({
      "messaging.rabbitmq.destination.routing_key": queue,
      "messaging.message.id": expect.stringContaining(`${scope.prefix}reports.send:`),
    });
    const way = `${name} > process ${queue}`;
    expect(tracing.tree(publish?.spanContext().traceId ?? "")).toEqual([
      name,
      way,
      way,
      way,
      `${way} > publish amq.topic`,
    ]);
  });

  it("connects a script through two services, a retry, a dead letter and a replay", async () => {
    const scope = createScope();
    const placed = event("order.{id}.placed", { schema: anything });
    const [shop, billing] = [`${scope.prefix}shop-placed`, `${scope.prefix}billing`];
    let failing = 2;
    const retry = { delays: ["100ms"], jitter: 0 } as const;
    const Shop = service(scope, "shop", {
      onPlaced: on(amqp(placed, { queueName: "shop-placed" }), async (_order: unknown, context: AmqpContext) => {
        await amqpPublish(context.service, { total: 1 }, { routingKey: "bill.17" });
      }),
    });
    const Billing = service(scope, "billing", {
      onBill: on(amqp("bill.*", { queueName: "billing", retry }), async () => {
        await script.startActiveSpan("database", async (span) => span.end());
        if (failing-- > 0) throw new TypeError("no");
      }),
    });
    await using running = await start(Shop, Billing);
    const [sender] = running.services;
    if (!sender) throw new Error("no service");
    const traceId = await inSpan("script", () =>
      amqpPublish(sender, placed, { total: 1 }, { params: { id: "17" }, correlationId: "talk-1" }),
    );
    await ended(`process ${billing}`, 2);
    await ended(`process ${shop}`);
    const way = `script > publish order.{id}.placed > process ${shop} > publish amq.topic > process ${billing}`;
    const twice = [way, way, `${way} > database`, `${way} > database`];
    expect(tracing.tree(traceId)).toEqual(
      [
        "script",
        "script > publish order.{id}.placed",
        `script > publish order.{id}.placed > process ${shop}`,
        `script > publish order.{id}.placed > process ${shop} > publish amq.topic`,
        ...twice,
      ].sort(),
    );
    const [first, second] = byAttempt(`process ${billing}`);
    expect(eventsOf(first)).toEqual(["retry: handler-error", "exception: TypeError"]);
    expect(eventsOf(second)).toEqual(["dead letter: handler-error", "exception: TypeError"]);
    expect([first, second].map(hasFailed)).toEqual([true, true]);
    expect([first, second].map((span) => span?.attributes["tomodachi.attempt"])).toEqual([1, 2]);
    expect([first, second].map((span) => span?.attributes["tomodachi.outcome"])).toEqual(["retry", "dead-letter"]);

    await replay(`${billing}.dlq`);
    await ended(`process ${billing}`, 3);
    const third = tracing.span(`process ${billing}`);
    expect(third?.spanContext().traceId).toBe(traceId);
    expect(third?.attributes).toMatchObject({ "tomodachi.replay": true, "tomodachi.outcome": "acknowledge" });
    expect(hasFailed(third)).toBe(false);

    const published = tracing.span("publish order.{id}.placed");
    expect(published?.kind).toBe(SpanKind.PRODUCER);
    expect(published?.attributes).toMatchObject({
      "messaging.system": "rabbitmq",
      "messaging.operation.name": "publish",
      "messaging.operation.type": "send",
      "messaging.destination.name": `amq.topic:${scope.prefix}order.17.placed`,
      "messaging.destination.template": "order.{id}.placed",
      "messaging.rabbitmq.destination.routing_key": `${scope.prefix}order.17.placed`,
      "messaging.message.id": expect.any(String),
      "messaging.message.conversation_id": "talk-1",
      "messaging.message.body.size": expect.any(Number),
      "server.address": new URL(amqpUrl ?? "").hostname,
      "server.port": Number(new URL(amqpUrl ?? "").port),
    });
    const processed = tracing.span(`process ${shop}`);
    expect(processed?.kind).toBe(SpanKind.CONSUMER);
    expect(processed?.attributes).toMatchObject({
      "messaging.operation.name": "process",
      "messaging.operation.type": "process",
      "messaging.destination.name": `amq.topic:${scope.prefix}order.17.placed:${shop}`,
      "messaging.destination.template": "order.{id}.placed",
      "messaging.message.id": published?.attributes["messaging.message.id"],
      "messaging.message.conversation_id": "talk-1",
      "tomodachi.handler": "onPlaced",
    });
  });

  it("starts with the handler of a message without a trace, and contains its retry", async () => {
    const scope = createScope();
    const queue = `${scope.prefix}foreign`;
    let failing = 1;
    const retry = { delays: ["100ms"], jitter: 0 } as const;
    const Foreign = defineService({
      name: "foreign",
      options: scope.options(),
      handlers: {
        any: on(amqp("any", { queueName: "foreign", retry }), async () => {
          if (failing-- > 0) throw new TypeError("no");
        }),
      },
    });
    await using foreign = await connectForeign();
    await using _running = await start(Foreign);
    await foreign.publish("amq.topic", `${scope.prefix}any`, "text");
    await ended(`process ${queue}`, 2);
    const [first, second] = byAttempt(`process ${queue}`);
    expect(first?.parentSpanContext).toBeUndefined();
    expect(second?.parentSpanContext?.spanId).toBe(first?.spanContext().spanId);
  });

  it("contains a request, its handler and its reply, and shows which of them failed", async () => {
    const scope = createScope();
    const price = request("price.{article}.get", { schema: anything, reply: anything });
    const queue = `${scope.prefix}price`;
    const Prices = service(scope, "prices", {
      get: on(amqp(price, { queueName: "price" }), async (data: unknown) => {
        if (data === "bad") throw new TypeError("no price");
        return 7;
      }),
    });
    await using running = await start(Prices);
    const [asker] = running.services;
    if (!asker) throw new Error("no service");
    const ask = (data: string) => amqpRequest(asker, price, data, { params: { article: "bread" } });
    const traceId = await inSpan("script", () => ask("good"));
    await ended(`process ${queue}`);
    const asked = "script > request price.{article}.get";
    const answered = `${asked} > process ${queue}`;
    expect(tracing.tree(traceId)).toEqual(["script", asked, answered, `${answered} > reply price.{article}.get`]);
    const question = tracing.span("request price.{article}.get");
    expect(question?.kind).toBe(SpanKind.CLIENT);
    const talk = question?.attributes["messaging.message.conversation_id"];
    expect(talk).toEqual(expect.any(String));
    expect(tracing.span(`process ${queue}`)?.attributes["messaging.message.conversation_id"]).toBe(talk);
    expect(tracing.span("reply price.{article}.get")?.attributes["messaging.message.conversation_id"]).toBe(talk);
    tracing.reset();
    await expect(ask("bad")).rejects.toThrow("no price");
    await ended(`process ${queue}`);
    expect(hasFailed(tracing.span(`process ${queue}`))).toBe(true);
    expect(tracing.span(`process ${queue}`)?.attributes).toMatchObject({ "error.type": "TypeError" });
    expect(tracing.span("request price.{article}.get")?.attributes["error.type"]).toBe("ERR_AMQP_REQUEST_FAILED");
  });

  it("is linked by the span of a batch, which is active in its handler", async () => {
    const scope = createScope();
    const queue = `${scope.prefix}many`;
    const Many = service(scope, "many", {
      all: on(amqp("many", { queueName: "many", batch: { size: 2, wait: "10m" } }), async () => {
        await script.startActiveSpan("database", async (span) => span.end());
      }),
    });
    await using running = await start(Many);
    const [sender] = running.services;
    if (!sender) throw new Error("no service");
    const traces = await Promise.all(
      [1, 2].map((id) => inSpan("script", () => amqpPublish(sender, { id }, { routingKey: "many" }))),
    );
    await ended(`process ${queue}`, 3);
    const batch = tracing.spans().find(({ attributes }) => attributes["messaging.batch.message_count"] === 2);
    expect(batch?.links.map(({ context }) => context.traceId).sort()).toEqual([...traces].sort());
    expect(tracing.tree(batch?.spanContext().traceId ?? "")).toEqual([
      `process ${queue}`,
      `process ${queue} > database`,
    ]);
    for (const traceId of traces) {
      const own = tracing
        .spans()
        .find((span) => span.name === `process ${queue}` && span.spanContext().traceId === traceId);
      expect(own?.links.map(({ context }) => context.spanId)).toEqual([batch?.spanContext().spanId]);
    }
  });

  it("is in every log line of a handler, also in the line of its failure", async () => {
    const scope = createScope();
    const queue = `${scope.prefix}logs`;
    const Logs = service(scope, "logs", {
      one: on(amqp("one", { queueName: "logs" }), async (_data: unknown, { logger, service: own }: AmqpContext) => {
        logger.info("by the context");
        own.logger.info({ trace_id: "mine" }, "by the service");
        throw new TypeError("no");
      }),
    });
    await using running = await start(Logs);
    const [sender] = running.services;
    if (!sender) throw new Error("no service");
    await amqpPublish(sender, 1, { routingKey: "one" });
    await ended(`process ${queue}`);
    const { traceId, spanId } = tracing.span(`process ${queue}`)?.spanContext() ?? {};
    const line = (text: string) => running.log.find(({ msg }) => msg.startsWith(text));
    expect(line("by the context")).toMatchObject({ trace_id: traceId, span_id: spanId, trace_flags: "01" });
    expect(line("by the service")).toMatchObject({ trace_id: "mine", span_id: spanId });
    expect(line("a message could not be handled")).toMatchObject({ trace_id: traceId, span_id: spanId });
    expect(line("service started")).not.toHaveProperty("trace_id");
  });

  it("marks a failed publish, and one that reached no queue", async () => {
    const scope = createScope();
    await using running = await start(service(scope, "alone", { any: on(amqp("any"), async () => {}) }));
    const [sender] = running.services;
    if (!sender) throw new Error("no service");
    const exchange = { exchangeName: `${scope.prefix}none`, routingKey: "order.17" };
    await expect(amqpPublish(sender, 1, exchange)).rejects.toThrow();
    const failed = tracing.span(`publish ${scope.prefix}none`);
    expect(failed?.attributes["error.type"]).toBe("ERR_AMQP_EXCHANGE_NOT_FOUND");
    await amqpPublish(sender, 1, { routingKey: "order.17" });
    expect(eventsOf(tracing.span("publish amq.topic"))).toEqual(["message returned: no queue is bound for its key"]);
    expect(hasFailed(tracing.span("publish amq.topic"))).toBe(false);
  });
});
