// `tomodachi describe` as it is typed: what a service has, in three forms, without a broker.
import { createServer } from "node:net";
import { afterAll, describe, expect, it } from "vitest";
import type { ServiceDescription } from "../../src/description/index.ts";
import { TemporaryProject } from "./temporary-project.ts";

const shop = `
import { amqp, defineService, event, http, httpError, httpStatic, on, request, schedule, websocket } from "tomodachi";
const any = { "~standard": { version: 1, vendor: "handmade", validate: (value) => ({ value }) } };
const orderPaid = event("order.{id}.paid", { schema: any, exchangeName: "shop" });
const price = request("price.get");
export default defineService({
  name: "shop",
  options: {
    amqp: { routingKeyPrefix: "prod.", retry: { delays: ["5s", "1m"], attempts: 5, quick: 1 }, exchangeName: "shop" },
    http: { port: 9800, prefix: "/v1" },
  },
  handlers: {
    onPaid: on(amqp(orderPaid, { queueName: "orders-paid", prefetch: 50, concurrency: 10 }), () => {}),
    onAny: on([amqp("order.*.sent"), amqp("order.*.lost")], () => {}),
    onNews: on(amqp("news.#", { competing: false, retry: false, exchangeName: "amq.fanout", exchangeType: "fanout" }), () => {}),
    onPrice: on(amqp(price, { timeoutSeconds: 5 }), () => ({ cents: 1 })),
    order: on(http("GET", "/orders/:id", { schema: { params: any } }), () => ({})),
    missing: on(httpError(404), () => ({})),
    pages: on(httpStatic(new URL(".", import.meta.url), "/pages"), () => {}),
    room: on(websocket("/rooms/:room", { schema: { message: any, query: any } }), () => {}),
    bill: on(schedule({ cron: "0 2 * * *", timezone: "UTC", once: "cluster" }), () => {}),
    refresh: on(schedule({ every: "30s" }), () => {}),
  },
});
`;

const project = new TemporaryProject({
  "package.json": '{ "type": "module" }',
  "service/service.ts": shop,
  "empty.ts": `import { defineService } from "tomodachi";
export default defineService({ name: "empty", startService() {} });`,
  "bridge.ts": `import { amqp, defineService, on } from "tomodachi";
export default defineService({
  name: "bridge",
  options: { amqp: { url: "amqp://me:secret@one", declare: "verify", connections: { legacy: { url: "amqp://me:secret@two/old", topology: "python" } } } },
  handlers: {
    onNew: on(amqp("order.paid", { queueName: "new" }), () => {}),
    onOld: on(amqp("order.paid", { queueName: "old", connection: "legacy" }), () => {}),
  },
});`,
  "odd.ts": `import { amqp, defineService, on } from "tomodachi";
export default defineService({
  name: 'a "b" <c>',
  handlers: { end: on(amqp('x."y".#', { queueName: "q|] q" }), () => {}) },
});`,
  "wrong.ts": `import { amqp, defineService, on } from "tomodachi";
export default defineService({ name: "wrong", handlers: { on: on(amqp("a", { prefech: 1 }), () => {}) } });`,
});
afterAll(() => project.remove());

const run = (...words: readonly string[]) => project.run(["describe", ...words]);

async function jsonOf(...words: readonly string[]): Promise<readonly ServiceDescription[]> {
  const { code, stdout, stderr } = await run(...words, "--json");
  expect([code, stderr]).toEqual([0, ""]);
  return (JSON.parse(stdout) as { readonly services: readonly ServiceDescription[] }).services;
}

describe("tomodachi describe", () => {
  it("shows what calls each handler, how it runs, and where failures go", async () => {
    const { code, stdout, stderr } = await run("service/");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout.split("\n")).toEqual([
      "shop",
      "  AMQP on amqp://guest@127.0.0.1:5672/",
      "",
      "    onPaid",
      '      receives    order.*.paid  (topic exchange "shop")',
      "      bound as    prod.order.*.paid",
      "      contract    order.{id}.paid",
      "      schema      data is checked by handmade",
      "      queue       orders-paid  (quorum)",
      "      at once     10 messages, and 40 more wait in the process",
      "      on failure  retries 1 more at once, after 5s, 1m, then 1 more, each after 1m (5 runs in all), then to orders-paid.dlq",
      "",
      "    onAny",
      '      receives    order.*.sent, order.*.lost  (topic exchange "shop")',
      "      bound as    prod.order.*.sent",
      "      bound as    prod.order.*.lost",
      "      queue       shop.onAny:order.*.sent  (quorum)",
      "      at once     100 messages",
      "      on failure  retries 1 more at once, after 5s, 1m, then 1 more, each after 1m (5 runs in all), then to shop.onAny:order.*.sent.dlq",
      "",
      "    onNews",
      '      receives    news.#  (fanout exchange "amq.fanout")',
      "      bound as    prod.news.#",
      "      queue       shop.onNews:news.#.<instance>  (classic, one for each instance)",
      "      at once     100 messages",
      "      on failure  no retries: at once to shop.onNews:news.#.dlq",
      "",
      "    onPrice",
      '      receives    price.get  (topic exchange "shop")',
      "      bound as    prod.price.get",
      "      contract    price.get",
      "      answers     its result is sent to the sender of the request",
      "      queue       shop.onPrice:price.get  (quorum)",
      "      at once     100 messages",
      "      time limit  5 s for each run",
      "      on failure  no retries: at once to shop.onPrice:price.get.dlq",
      "",
      "    14 queues, 13 quorum: 5 for messages, 5 for dead letters, 2 for retries, 1 for lost retries, 1 for the last due times of schedules",
      "    6 exchanges: shop, amq.fanout, shop.lost, shop.return, shop.retry.5s, shop.retry.1m",
      "",
      "  HTTP on http://0.0.0.0:9800",
      "    GET    /v1/orders/:id   order              checked by a schema: params",
      "    error  status 404       missing",
      "    GET    /v1/pages/*      pages (files)",
      "    GET    /v1/rooms/:room  room (web socket)  checked by a schema: message, query",
      "",
      "  Schedules",
      '    bill     cron "0 2 * * *" (UTC)  once for all instances, by the queue shop.bill.schedule (failures: shop.bill.schedule.dlq)',
      "    refresh  every 30s               in each instance",
      "",
    ]);
  });

  it("prints everything as JSON, with the queue of an instance as a template", async () => {
    const [described] = await jsonOf("service/");
    expect(described?.handlers.map(({ handler, queue, retry }) => ({ handler, queue, retry }))).toEqual([
      { handler: "onPaid", queue: "orders-paid", retry: { delays: ["5s", "1m"], attempts: 5, quick: 1 } },
      {
        handler: "onAny",
        queue: "shop.onAny:order.*.sent",
        retry: { delays: ["5s", "1m"], attempts: 5, quick: 1 },
      },
      { handler: "onNews", queue: "shop.onNews:news.#.<instance>", retry: null },
      { handler: "onPrice", queue: "shop.onPrice:price.get", retry: null },
    ]);
    const queues = described?.connections[0]?.queues ?? [];
    expect(queues.find(({ name }) => name === "orders-paid")).toEqual({
      name: "orders-paid",
      purpose: "messages",
      type: "quorum",
      perInstance: false,
      arguments: expect.objectContaining({ "x-queue-type": "quorum", "x-dead-letter-routing-key": "orders-paid.dlq" }),
    });
    expect(described?.schedules[1]).toEqual({
      handler: "refresh",
      name: "shop.refresh",
      when: "every 30s",
      queue: null,
      deadLetterQueue: null,
    });
  });

  it("distinguishes web sockets, files and routes, as data and in the diagram", async () => {
    const [described] = await jsonOf("service/");
    expect(described?.http?.routes.map(({ handler, kind, methods }) => [handler, kind, ...methods])).toEqual([
      ["order", "route", "GET"],
      ["missing", "error"],
      ["pages", "files", "GET"],
      ["room", "websocket", "GET"],
    ]);
    const { stdout } = await run("service/", "--mermaid");
    const [, socket] = /(n\d+)\(\["web socket"\]\)/.exec(stdout) ?? [];
    expect(stdout).toContain(`  ${socket} -->|"GET /v1/rooms/:room"| `);
    expect(stdout.match(new RegExp(`^  ${socket} `, "gm"))).toHaveLength(1);
  });

  it("distinguishes several connections, and shows who declares, without a password", async () => {
    const { stdout } = await run("bridge.ts");
    expect(stdout).toContain('AMQP, connection "default", on amqp://me@one:5672/');
    expect(stdout).toContain('AMQP, connection "legacy", on amqp://me@two:5672/old');
    expect(stdout).toContain("new  (quorum, another tool declares it)");
    expect(stdout).toContain("old  (classic, another tool declares it)");
    expect(stdout).not.toContain("secret");
  });

  it("draws a diagram with every character of a name unchanged", async () => {
    const { code, stdout } = await run("odd.ts", "service/", "--mermaid");
    expect(code).toBe(0);
    const lines = stdout.trim().split("\n");
    expect(lines[0]).toBe("flowchart LR");
    expect(lines).toContain('  subgraph n1["a #34;b#34; #60;c#62;"]');
    expect(lines.some((line) => line.includes('|"x.#34;y#34;.#35;"|'))).toBe(true);
    expect(lines.some((line) => line.includes('[("q|] q")]'))).toBe(true);
    // For any name, each line is a node, an edge, or the frame of a service.
    for (const line of lines.slice(1)) {
      expect(line).toMatch(/^ +(n\d+(\[|\(|\{)|n\d+ -|subgraph n\d+\["|end$)/);
    }
  });

  it("connects to nothing", async () => {
    let connections = 0;
    const server = createServer((socket) => {
      connections++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { readonly port: number };
    const environment = { TOMODACHI_AMQP_URL: `amqp://a:b@127.0.0.1:${port}` };
    const { code } = await project.run(["describe", "service/"], { environment });
    await new Promise((resolve) => server.close(resolve));
    expect([code, connections]).toEqual([0, 0]);
  });

  it.each([
    [[], 2, "`tomodachi describe` needs a file or a folder."],
    [["service/", "--json", "--mermaid"], 2, "two forms of the same output"],
    [["service/", "--mermad"], 2, "Did you mean `--mermaid`? See `tomodachi describe --help`"],
    [["service/", "--yes"], 2, "--yes is not an option of `tomodachi describe`"],
    [["wrong.ts"], 1, 'Did you mean "prefetch"?'],
    [["nowhere/"], 1, "nowhere"],
  ] as const)("refuses %j and says why", async (words, code, text) => {
    const ended = await run(...words);
    expect(ended.stderr).toContain(text);
    expect(ended).toMatchObject({ code, stdout: "" });
  });

  it("reports a service without handlers", async () => {
    expect((await run("empty.ts")).stdout).toBe("empty\n  It has no handlers.\n");
  });
});
