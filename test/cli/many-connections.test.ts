/** A service with 10 000 keep-alive connections: what each costs, that all are answered, and how it stops. */
import { execFileSync } from "node:child_process";
import { connect, type Socket } from "node:net";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { createDeferred } from "../../src/util/deferred.ts";
import { until } from "../support/broker.ts";
import { TemporaryProject } from "./temporary-project.ts";

const wanted = 10_000;
/** Descriptors that a process needs beside its connections. */
const spare = 500;

const project = new TemporaryProject({
  "package.json": '{ "type": "module" }',
  "service.ts": `import { defineService, http, on } from "tomodachi";
const ignoreLogging = true;
let release = () => {};
const released = new Promise<void>((resolve) => { release = resolve; });
export default defineService({
  name: "many",
  options: { http: { port: 0, host: "127.0.0.1", keepAliveTimeout: "10m" } },
  handlers: {
    hello: on(http("GET", "/hello/:id", { ignoreLogging }), ({ params }) => ({ hello: params.id })),
    hold: on(http("GET", "/hold/:id", { ignoreLogging }), ({ params }) => released.then(() => ({ held: params.id }))),
    release: on(http("GET", "/release", { ignoreLogging }), () => { release(); return {}; }),
    memory: on(http("GET", "/memory", { ignoreLogging }), () => { (globalThis as any).gc(); return process.memoryUsage(); }),
  },
});`,
});
afterAll(() => project.remove());

/** How many connections a process of this machine may have. */
function connectionsAllowed(): number {
  const limit = execFileSync("sh", ["-c", "ulimit -Hn"], { encoding: "utf8" }).trim();
  const allowed = limit === "unlimited" ? wanted : Math.min(wanted, Number(limit) - spare);
  if (allowed < wanted) console.warn(`Only ${allowed} connections are tried: \`ulimit -Hn\` is ${limit} here`);
  return allowed;
}

/** One connection that asks one thing after another. */
class Client {
  readonly #socket: Socket;
  readonly #closed = createDeferred();
  #received = "";
  #answered: ((answer: string) => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      this.#received += text;
      this.#look();
    });
    socket.on("error", () => {});
    socket.on("close", () => this.#closed.resolve());
  }

  static async open(port: number): Promise<Client> {
    const socket = connect({ host: "127.0.0.1", port });
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return new Client(socket);
  }

  /** Resolves with the whole answer. Never where the connection ends before. */
  ask(path: string): Promise<string> {
    this.#socket.write(`GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`);
    return new Promise((resolve) => {
      this.#answered = resolve;
      this.#look();
    });
  }

  /** Resolves when the service has closed the connection, with what came after the last answer. */
  async closed(): Promise<string> {
    await this.#closed.promise;
    return this.#received;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #look(): void {
    const head = this.#received.indexOf("\r\n\r\n");
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(this.#received)?.[1] ?? Number.NaN);
    if (head === -1 || this.#received.length < head + 4 + length) return;
    const answer = this.#received.slice(0, head + 4 + length);
    this.#received = this.#received.slice(answer.length);
    this.#answered?.(answer);
  }
}

describe("a service with very many keep-alive connections", () => {
  it("keeps them open, answers on each, and closes all at a stop without dropping a request", {
    timeout: 240_000,
  }, async () => {
    const count = connectionsAllowed();
    expect(count, "`ulimit -Hn` allows too few connections for this test").toBeGreaterThanOrEqual(1000);
    const { child, ended, seen, written } = project.start(["run", "service.ts"], {
      environment: { NODE_OPTIONS: "--expose-gc" },
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    await seen("service started");
    const port = Number(/listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(written())?.[1]);
    const asking = await Client.open(port);
    const memory = async (): Promise<number> =>
      (JSON.parse((await asking.ask("/memory")).split("\r\n\r\n")[1] ?? "") as { readonly rss: number }).rss;
    await asking.ask("/hello/first");
    const before = await memory();

    const clients: Client[] = [];
    onTestFinished(() => {
      for (const client of clients) client.destroy();
    });
    // A hundred at a time: the kernel keeps few that are not accepted yet.
    const lane = async (): Promise<void> => {
      while (clients.length < count - 1) {
        const at = clients.length;
        const opening = Client.open(port);
        clients.push(undefined as unknown as Client);
        const client = await opening;
        clients[at] = client;
        expect(await client.ask(`/hello/${at}`)).toContain(`{"hello":"${at}"}`);
      }
    };
    await Promise.all(Array.from({ length: 100 }, lane));
    const each = ((await memory()) - before) / clients.length;
    console.info(`${count} keep-alive connections: ${(each / 1024).toFixed(1)} KB of memory for each`);
    expect(each).toBeLessThan(50 * 1024);

    const sample = clients.filter((_client, at) => at % 100 === 0);
    for (const [at, client] of sample.entries())
      expect(await client.ask(`/hello/again-${at}`)).toContain(`again-${at}`);

    // Requests that are in progress when the stop begins, and requests that come on open connections while it waits for them.
    const [holding, late] = [clients.slice(0, 200), clients.slice(200, 400)];
    const held = holding.map((client, at) => client.ask(`/hold/${at}`));
    await clients[400]?.ask("/hello/after-hold");
    child.kill("SIGTERM");
    await until(
      () =>
        Client.open(port).then(
          (client) => client.destroy(),
          () => true,
        ),
      { what: "no new connections" },
    );
    for (const [at, answer] of (
      await Promise.all(late.map((client, at) => client.ask(`/hello/late-${at}`)))
    ).entries()) {
      expect(answer).toContain(`late-${at}`);
      expect(answer.toLowerCase()).toContain("connection: close");
    }
    await asking.ask("/release");
    for (const [at, answer] of (await Promise.all(held)).entries()) expect(answer).toContain(`{"held":"${at}"}`);
    const left = await Promise.all(clients.map((client) => client.closed()));
    expect(left.filter((text) => text !== "")).toEqual([]);
    const { code, stderr } = await ended;
    expect(code).toBe(0);
    expect(stderr).not.toMatch(/\b(?:WARN|ERROR)\b/);
  });
});
