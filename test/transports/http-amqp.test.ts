// A request of HTTP and messages of AMQP together: publishing, asking, one trace, and an answer only after the confirm.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { trace } from "@opentelemetry/api";
import { amqp, amqpPublish, amqpRequest, defineOptions, defineService, http, JsonBase, on, request } from "tomodachi";
import { startService } from "tomodachi/testing";
import { afterAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import * as z from "zod";
import { amqpUrl, describeWithBroker } from "../support/broker.ts";
import { startTracing } from "../support/tracing.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const tracing = startTracing();
afterAll(() => tracing.stop());
beforeEach(() => tracing.reset());

const price = request("price.of", { envelope: JsonBase, schema: z.object({ name: z.string() }) });

const Shop = defineService({
  name: "shop",
  options: defineOptions({ asyncContext: true }),
  handlers: {
    pay: on(http("POST", "/orders/:id/pay"), async function ({ params }) {
      await amqpPublish(this, params.id, { routingKey: "order.paid", mandatory: true });
      return [202, { paid: params.id }];
    }),
    lost: on(http("POST", "/lost"), async function () {
      await amqpPublish(this, "nobody", { routingKey: "nobody.wants.this", mandatory: true });
      return 202;
    }),
    price: on(http("GET", "/prices/:name"), async function ({ params }) {
      return amqpRequest(this, price, { name: params.name });
    }),
    onPaid: on(amqp("order.paid"), () => {}),
    priceOf: on(amqp(price), ({ name }: { name: string }) => ({ cents: name.length * 100 })),
  },
});

describeWithBroker("a handler of HTTP", () => {
  it("publishes, and answers when the broker has the message", async () => {
    await using app = await startService(Shop, { url: amqpUrl, timeout: "20s" });
    const answer = await app.http.post("/orders/7/pay", { headers: { "x-request-id": "r1" } });
    expect([answer.status, answer.json()]).toEqual([202, { paid: "7" }]);
    const { data, context } = await app.handled("onPaid");
    expect(data).toBe("7");
    const { properties } = context as { properties: { correlationId?: string } };
    expect(properties.correlationId).toBe((await app.handled("pay")).context.correlationId);
  });

  it("does not accept a request whose message reached no queue", async () => {
    await using app = await startService(Shop, { url: amqpUrl, timeout: "20s" });
    expect((await app.http.post("/lost")).status).toBe(500);
  });

  it("answers with the reply of another handler", async () => {
    await using app = await startService(Shop, { url: amqpUrl, timeout: "20s" });
    expect((await app.http.get("/prices/bread")).json()).toEqual({ cents: 500 });
  });

  it("is in one trace with the server's span and with its publishes and requests", async () => {
    await using app = await startService(Shop, { url: amqpUrl, timeout: "20s" });
    const tracer = trace.getTracer("server");
    const traceId = await tracer.startActiveSpan("GET /prices/:name", async (span) => {
      await app.http.get("/prices/bread");
      await app.http.post("/orders/7/pay");
      span.end();
      return span.spanContext().traceId;
    });
    await app.handled("onPaid");
    await app.idle();
    const tree = tracing.tree(traceId);
    expect(tree).toContain("GET /prices/:name > run shop.pay");
    expect(tree.some((path) => /^GET \/prices\/:name > run shop\.price > .*price\.of/.test(path))).toBe(true);
    expect(tree.some((path) => /run shop\.pay > publish .* > process /.test(path))).toBe(true);
  });

  it("is in the trace of a client if there is no server's span", async () => {
    await using app = await startService(Shop, { url: amqpUrl, timeout: "20s" });
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    await app.http.get("/prices/bread", { headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` } });
    expect(tracing.tree(traceId)).toContain("run shop.price");
  });
});

describe("a process", () => {
  it("loads Fastify only for a service with an HTTP handler", () => {
    const loaded = (handler: string): string => {
      // Inside the repository, so that "tomodachi" is the package itself.
      const folder = mkdtempSync(join(root, ".http-check-"));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      writeFileSync(
        join(folder, "main.mjs"),
        `
        import { createRequire } from "node:module";
        import { defineService, http, on, runServices, schedule } from "tomodachi";
        const { cache } = createRequire(import.meta.url);
        const has = (name) => Object.keys(cache).some((path) => path.includes("/node_modules/" + name + "/"));
        console.log("imported", has("fastify"));
        const service = defineService({ name: "some", handlers: { handler: on(${handler}, () => {}) }, options: { http: { port: 0 } } });
        const run = await runServices([service]);
        console.log("started", has("fastify"), has("@fastify/send"));
        await run.stop();
        `,
      );
      const env = { PATH: process.env["PATH"] };
      return spawnSync(process.execPath, ["main.mjs"], { cwd: folder, encoding: "utf8", env }).stdout;
    };
    expect(loaded('http("GET", "/")')).toContain("imported false\nstarted true false");
    expect(loaded('schedule({ cron: "@daily" })')).toContain("imported false\nstarted false false");
  });
});
