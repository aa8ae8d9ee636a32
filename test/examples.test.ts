/** The examples, run as a reader would run them: by the command line, against RabbitMQ and against the embedded broker. */
import { createHmac } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { startBroker } from "../src/amqp-broker/broker.ts";
import { freePort } from "./cli/free-port.ts";
import { amqpUrl, createVirtualHost, describeWithBroker, isPrivateBroker } from "./support/broker.ts";
import { type Example, startExample as start } from "./support/example.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** A broker of the tests' own: its URL, and its end. */
interface Backend {
  readonly url: string;
  close(): Promise<void>;
}

describeWithBroker("on RabbitMQ, the example", () => {
  runExamples(async () => {
    if (!isPrivateBroker) return { url: amqpUrl ?? "", close: async () => {} };
    const host = await createVirtualHost("examples");
    return { url: host.url, close: async () => host[Symbol.asyncDispose]() };
  });
});

describe("on the embedded broker, the example", () => {
  runExamples(async () => {
    const broker = await startBroker();
    return { url: broker.url, close: () => broker.stop() };
  });

  it("hello-world continues to greet when `npm start` runs it: without any broker", async () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      readonly scripts: { readonly start: string };
    };
    const [node, script, ...words] = scripts.start.split(" ");
    expect([node, script, words[0]]).toEqual(["node", "dist/cli/main.js", "run"]);
    const hello = start(words.slice(1), { TOMODACHI_BROKER_PORT: String(await freePort()) });
    await hello.says("hello, friend");
    await hello.says("hello, Akira");
    expect(await hello.stop(), hello.output).toBe(0);
    expect(hello.output).toContain("other services find it there");
  });
});

function runExamples(open: () => Promise<Backend>): void {
  let backend: Backend | undefined;

  beforeAll(async () => {
    backend = await open();
  });
  afterAll(async () => {
    await backend?.close();
  });

  function startHere(path: string): Example {
    return start([path], { TOMODACHI_AMQP_URL: backend?.url ?? "" });
  }

  it("hello-world greets", async () => {
    const hello = startHere("examples/hello-world/service/");
    await hello.says("hello, friend");
    expect(await hello.stop(), hello.output).toBe(0);
  });

  it("pubsub delivers every paid order to the other service", async () => {
    const services = startHere("examples/pubsub/");
    await services.says("service started", 2);
    const sender = startHere("examples/pubsub/sender.ts");
    expect(await sender.ended, sender.output).toBe(0);
    for (const id of [1, 2, 3]) await services.says(`shipping order ${id} (order.${id}.paid)`);
    expect(await services.stop(), services.output).toBe(0);
  });

  it("contracts sends an order from one service to the other and back", async () => {
    const services = startHere("examples/contracts/");
    await services.says("order 1 over 12.5 was paid in 2026");
    await services.says("order 1 went off with post, in parcels: 2");
    expect(await services.stop(), services.output).toBe(0);
  });

  it("retries continues until the bank has accepted the money", async () => {
    const payments = startHere("examples/retries/app.ts");
    await payments.says("payment 1 over 10 went through at attempt 4");
    expect(payments.output).toContain("payment 2: -5 is no amount");
    expect(await payments.stop(), payments.output).toBe(0);
  });

  it("requests asks for a price, and receives an error", async () => {
    const services = startHere("examples/requests/");
    await services.says("bread costs 250 cents");
    await services.says("RangeError: there is no gold");
    expect(await services.stop(), services.output).toBe(0);
  });

  it("custom-envelope delivers its letter", async () => {
    const office = startHere("examples/custom-envelope/app.ts");
    await office.says("post-office writes: see you on Sunday");
    expect(await office.stop(), office.output).toBe(0);
  });

  it("schedules runs on time", async () => {
    const clockwork = startHere("examples/schedules/app.ts");
    await clockwork.says("beat 1");
    await clockwork.says("beat 2");
    expect(clockwork.output).toContain("refreshed, next at 20");
    expect(await clockwork.stop(), clockwork.output).toBe(0);
  });

  it("webhook answers 202 when the broker has the message, and handles a repeated one once", async () => {
    const port = await freePort();
    const webhooks = start(["examples/webhook/app.ts"], {
      TOMODACHI_AMQP_URL: backend?.url ?? "",
      TOMODACHI_HTTP_PORT: String(port),
      WEBHOOK_SECRET: "test",
    });
    await webhooks.says("service started");
    const body = JSON.stringify({ id: "p1", type: "paid", amount: 12.5 });
    const signature = createHmac("sha256", "test").update(body).digest("hex");
    const post = (text: string) =>
      fetch(`http://127.0.0.1:${port}/webhooks/payments`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-signature": signature },
        body: text,
      });
    const accepted = await post(body);
    expect([accepted.status, await accepted.json()]).toEqual([202, { accepted: "p1" }]);
    await webhooks.says("payment p1 over 12.5 is booked");
    expect((await post(body)).status).toBe(202);
    expect((await post(`${body} `)).status).toBe(401);
    expect(await webhooks.stop(), webhooks.output).toBe(0);
    expect(webhooks.output.match(/is booked/g)).toHaveLength(1);
  });

  it("opentelemetry shows one trace from an HTTP call through a failure and its retry", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tomodachi-traces-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const [file, port] = [join(folder, "traces.jsonl"), await freePort()];
    const services = start(["examples/opentelemetry/"], {
      TOMODACHI_AMQP_URL: backend?.url ?? "",
      NODE_OPTIONS: "--import ./examples/opentelemetry/telemetry.mjs",
      TRACES_FILE: file,
      PORT: String(port),
    });
    await services.says("service started", 2);
    const response = await fetch(`http://127.0.0.1:${port}/orders/17`, { method: "POST" });
    expect(await response.text()).toBe("order 17 is placed\n");
    await services.says("invoice of order 17 over 12.5");
    expect(await services.stop(), services.output).toBe(0);
    const traces = readFileSync(file, "utf8").trim().split("\n").flatMap(spansIn);
    expect(new Set(traces.map(({ traceId }) => traceId)).size).toBe(1);
    expect(traces.map(({ name }) => name).sort()).toEqual([
      "POST",
      "process opentelemetry-billing",
      "process opentelemetry-billing",
      "publish order.{id}.placed",
    ]);
  });

  it("own-transport delivers a file, and keeps one that fails", async () => {
    const inbox = startHere("examples/own-transport/app.ts");
    await inbox.says("letter.txt says: see you on Sunday");
    await inbox.says("the file was not handled");
    expect(await inbox.stop(), inbox.output).toBe(0);
  });

  it("protobuf delivers its order", async () => {
    const shop = startHere("examples/protobuf/app.ts");
    await shop.says("order 1, 1990 cents: 2 x tea (proto)");
    expect(await shop.stop(), shop.output).toBe(0);
  });
}

/** The spans in a line of OTLP/JSON. */
function spansIn(line: string): readonly { readonly traceId: string; readonly name: string }[] {
  const { resourceSpans } = JSON.parse(line) as {
    readonly resourceSpans: readonly {
      readonly scopeSpans: readonly { readonly spans: ReturnType<typeof spansIn> }[];
    }[];
  };
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
}
