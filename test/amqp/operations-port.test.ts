// The operations port of a run: its answers while services start, run and stop, and its protection from clients.
import { connect, type Socket } from "node:net";
import { expect, it } from "vitest";
import {
  amqp,
  amqpPublish,
  createLogger,
  defineService,
  on,
  runServices,
  Service,
  type ServiceClass,
  type ServiceRun,
  schedule,
} from "../../src/index.ts";
import { startFaultProxy } from "../../src/testing/fault-proxy.ts";
import { amqpUrl, describeWithBroker, until } from "../support/broker.ts";
import { createScope, type LogLine, type TestScope } from "../support/running.ts";

const token = "0123456789abcdef";

interface Started extends AsyncDisposable {
  readonly run: Promise<ServiceRun>;
  readonly log: readonly LogLine[];
  /** When the port is open. */
  url(): Promise<string>;
}

/** Starts without waiting for it. */
async function begin(services: readonly ServiceClass[], environment: Record<string, string> = {}): Promise<Started> {
  const log: LogLine[] = [];
  const destination = { write: (line: string) => void log.push(JSON.parse(line) as LogLine) };
  const logger = await createLogger({ level: "debug", destination });
  const variables = { TOMODACHI_OPERATIONS_PORT: "0", TOMODACHI_OPERATIONS_TOKEN: token, ...environment };
  const run = runServices(services, { logger, environment: variables });
  run.catch(() => {});
  const opened = (): string | undefined => /operations port: (\S+)/.exec(log.map(({ msg }) => msg).join("\n"))?.[1];
  const stop = async (): Promise<void> => void (await run.then((one) => one.stop()).catch(() => {}));
  return { run, log, url: () => until(opened, { what: "the port" }), [Symbol.asyncDispose]: stop };
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

async function ask(url: string, path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url + path, { ...init, headers: { connection: "close", ...init.headers } });
  return { status: response.status, body: await response.text() };
}

const change = (url: string, path: string): Promise<Answer> =>
  ask(url, path, { method: "POST", headers: { authorization: `Bearer ${token}` } });

function orders(scope: TestScope, handle: (data: string) => unknown, url = amqpUrl): ServiceClass {
  return defineService({
    name: "orders",
    options: scope.options({ url, retry: { delays: ["100ms"], attempts: 2 } }),
    handlers: {
      onPaid: on(amqp("order.*.paid", { queueName: "paid" }), handle),
      tick: on(schedule({ every: "1h" }), () => {}),
    },
  });
}

/** The value of a line of the metrics; undefined if the line is missing. */
async function metric(url: string, name: string, ...labels: readonly string[]): Promise<number | undefined> {
  const { body } = await ask(url, "/metrics");
  const line = body
    .split("\n")
    .find((one) => one.startsWith(`${name}{`) && labels.every((label) => one.includes(label)));
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(" ") + 1));
}

describeWithBroker("the operations port", () => {
  it("is open before the services start and until they have stopped, and ready only in between", async () => {
    const scope = createScope();
    let goOn = (): void => {};
    let finish = (): void => {};
    const hook = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    class Orders extends Service {
      name = "orders";
      override options = scope.options();
      override startService(): Promise<void> {
        return hook;
      }
      @amqp("key", { queueName: "key" }) async on(): Promise<void> {
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
      }
    }
    await using started = await begin([Orders]);
    const url = await started.url();
    expect(await ask(url, "/ready")).toMatchObject({ status: 503, body: expect.stringContaining("are starting") });
    expect((await ask(url, "/live")).status).toBe(200);
    goOn();
    const run = await started.run;
    expect(await ask(url, "/ready")).toMatchObject({ status: 200 });
    await amqpPublish(run.services[0] as Service, "x", { routingKey: "key" });
    await until(async () => (await metric(url, "tomodachi_messages_in_flight")) === 1, { what: "the run" });
    const ended = run.stop();
    expect(await ask(url, "/ready")).toMatchObject({ status: 503, body: expect.stringContaining("are stopping") });
    expect((await change(url, "/pause")).status).toBe(409);
    finish();
    await ended;
    await expect(ask(url, "/live")).rejects.toThrow();
  });

  it("reports lost connections, and stays ready while a handler is paused by request", async () => {
    const scope = createScope();
    await using proxy = await startFaultProxy({ target: amqpUrl ?? "" });
    await using started = await begin([orders(scope, () => {}, proxy.url)]);
    const url = await started.url();
    await started.run;
    expect(await change(url, "/pause?handler=orders.onPaid")).toMatchObject({ status: 200 });
    expect(await ask(url, "/ready")).toMatchObject({ status: 200 });
    const { body } = await ask(url, "/health");
    expect(JSON.parse(body)).toMatchObject({ ready: true, paused: ["orders.onPaid"] });
    expect(await metric(url, "tomodachi_handler_paused", 'tomodachi_handler="onPaid"')).toBe(1);
    proxy.refuse(true);
    proxy.cut();
    await until(async () => (await ask(url, "/ready")).status === 503, { what: "the loss" });
    expect((await ask(url, "/ready")).body).toContain("orders: the consuming connection is reconnecting");
    expect(await metric(url, "tomodachi_connection_up", 'purpose="consuming"')).toBe(0);
    proxy.refuse(false);
    await until(async () => (await ask(url, "/ready")).status === 200, { what: "the repair" });
    expect(await metric(url, "tomodachi_connection_reconnects_total", 'purpose="consuming"')).toBeGreaterThan(0);
    expect(await change(url, "/resume")).toMatchObject({ status: 200, body: expect.stringContaining('"paused": []') });
    expect(await change(url, "/pause?handler=onPiad")).toMatchObject({
      status: 404,
      body: expect.stringContaining("Did you mean"),
    });
  });

  it("counts the outcomes of messages, by pattern and never by a key with ids", async () => {
    const scope = createScope();
    const handle = (data: string): void => {
      if (data === "bad") throw new TypeError("no such customer");
    };
    await using started = await begin([orders(scope, handle)]);
    const url = await started.url();
    const [service] = (await started.run).services as [Service];
    const settled = (outcome: string) => metric(url, "tomodachi_messages_settled_total", `outcome="${outcome}"`);
    expect(await settled("dead-letter")).toBe(0);
    for (let id = 0; id < 5; id++) await amqpPublish(service, "good", { routingKey: `order.${id}.paid` });
    await amqpPublish(service, "bad", { routingKey: "order.5.paid" });
    await amqpPublish(service, "x", { routingKey: "nobody" });
    await until(async () => (await settled("dead-letter")) === 1, { what: "the dead letter" });
    expect(await settled("acknowledge")).toBe(5);
    expect(await settled("retry")).toBe(1);
    expect(await metric(url, "tomodachi_messages_retried_total", 'kind="delayed"')).toBe(1);
    expect(await metric(url, "tomodachi_messages_dead_lettered_total", 'reason="handler-error"')).toBe(1);
    expect(await metric(url, "messaging_client_sent_messages_total", 'messaging_operation_name="publish"')).toBe(7);
    expect(await metric(url, "tomodachi_messages_unroutable_total")).toBe(1);
    expect(await metric(url, "messaging_process_duration_seconds_count", 'error_type="TypeError"')).toBe(2);
    const consumed = await metric(url, "messaging_client_consumed_messages_total", 'template="order.*.paid"');
    expect(consumed).toBe(7);
    expect((await ask(url, "/metrics")).body).not.toMatch(/order\.\d/);
  });

  it("is shared by all services, and another run cannot open it", async () => {
    const [one, two] = [createScope(), createScope()];
    class Stock extends orders(two, () => {}) {
      override name = "stock";
    }
    await using started = await begin([orders(one, () => {}), Stock as unknown as ServiceClass]);
    const url = await started.url();
    const first = await started.run;
    expect((await ask(url, "/health")).body).toMatch(/"orders"[\s\S]*"stock"/);
    const { port } = new URL(url);
    const second = await begin([orders(createScope(), () => {})], { TOMODACHI_OPERATIONS_PORT: port });
    await expect(second.run).rejects.toMatchObject({
      code: "ERR_OPERATIONS_PORT",
      message: expect.stringContaining(
        `The operations port 127.0.0.1:${port} cannot be opened: another program listens`,
      ),
    });
    await first.stop();
    await using third = await begin([orders(createScope(), () => {})], { TOMODACHI_OPERATIONS_PORT: port });
    await third.run;
    expect((await ask(url, "/ready")).status).toBe(200);
  });

  it("answers a probe at once, however many clients send nothing or half a request", async () => {
    await using started = await begin([orders(createScope(), () => {})]);
    const url = await started.url();
    await started.run;
    const { port } = new URL(url);
    const silent = Array.from({ length: 200 }, (_, at) => {
      const socket = connect(Number(port), "127.0.0.1", () =>
        socket.write(at % 2 === 0 ? "" : "GET /ready HTTP/1.1\r\n"),
      );
      return socket.on("error", () => {}).resume();
    });
    try {
      await until(() => silent.filter((socket) => socket.closed).length >= 72, { what: "the oldest closed" });
      const statuses = await Promise.all(
        ["/live", "/ready", "/metrics"].map(async (path) => (await ask(url, path)).status),
      );
      expect(statuses).toEqual([200, 200, 200]);
      expect(silent.slice(100).some((socket) => !socket.closed)).toBe(true);
    } finally {
      for (const socket of silent) socket.destroy();
    }
  });

  it("is not opened without a port, and the log names the settings that then have no effect", async () => {
    await using started = await begin([orders(createScope(), () => {})], { TOMODACHI_OPERATIONS_PORT: "" });
    await started.run;
    expect(started.log.map(({ msg }) => msg)).toContainEqual(
      expect.stringContaining(
        "TOMODACHI_OPERATIONS_TOKEN is set, but no port is set, so the operations port is not opened.",
      ),
    );
  });

  it("closes connections of clients that send nothing, half a header, a too large header, or a body", async () => {
    await using started = await begin([orders(createScope(), () => {})]);
    const url = await started.url();
    await started.run;
    const { port } = new URL(url);
    const clients = [
      "",
      "GET /ready HTTP/1.1\r\nhost: x\r\nx-slow: ",
      `GET /ready HTTP/1.1\r\nhost: x\r\nx-large: ${"x".repeat(20_000)}\r\n\r\n`,
      "POST /pause HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000000\r\n\r\n",
      "POST /pause HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n",
      "CONNECT other:80 HTTP/1.1\r\nhost: x\r\n\r\n",
      "GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
      "\u0016\u0003\u0001 this is TLS",
      "AMQP\u0000\u0000\u0009\u0001",
    ];
    const ends = clients.map((text) => closedBy(connect(Number(port), "127.0.0.1"), text));
    expect((await ask(url, "/live")).status).toBe(200);
    await Promise.all(ends);
    expect((await ask(url, "/ready")).status).toBe(200);
    expect((await change(url, "/resume")).body).toContain('"paused": []');
  });
});

/** Resolves when the server ends the connection. */
function closedBy(socket: Socket, text: string): Promise<void> {
  socket.on("error", () => {});
  socket.resume();
  socket.on("connect", () => socket.write(text, "latin1"));
  return new Promise((resolve) => socket.on("close", () => resolve()));
}
