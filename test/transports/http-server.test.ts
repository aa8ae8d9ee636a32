// HTTP on a port: connections, hostile bytes, the stop, several services on one server.
import { createServer } from "node:net";
import { fastify } from "fastify";
import {
  defineService,
  type HttpContext,
  type HttpRequest,
  http,
  httpError,
  httpTransport,
  on,
  type ServiceClass,
  transportOf,
} from "tomodachi";
import { startService } from "tomodachi/testing";
import { describe, expect, it } from "vitest";
import { createDeferred } from "../../src/util/deferred.ts";
import { capturingLogger } from "../support/capturing-logger.ts";
import { RawHttp, rawExchange } from "../support/raw-http.ts";

const listening = { http: { port: 0, host: "127.0.0.1" } };

type Handle = (request: HttpRequest, context: HttpContext) => unknown;

function service(handle: Handle, options: object = {}, name = "one"): ServiceClass {
  return defineService({
    name,
    options: { http: { ...listening.http, ...options } },
    handlers: {
      handle: on(http(["GET", "POST"], "/"), handle as never),
      echo: on(http("POST", "/echo"), ({ body }) => body),
    },
  });
}

async function start(handle: Handle, options: object = {}) {
  const app = await startService(service(handle, options), { options: { http: { ...listening.http, ...options } } });
  return { app, origin: originOf(app.service) };
}

function originOf(instance: never | object): string {
  const origin = transportOf(instance as never, httpTransport).origin;
  if (origin === undefined) throw new Error("the service does not listen");
  return origin;
}

describe("a port", () => {
  it("is opened after startService(), is logged, and is closed at the stop", async () => {
    const { app, origin } = await start(() => "ok");
    await using _app = app;
    expect(origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(transportOf(app.service, httpTransport).describe()[0]).toBe(`one on ${origin}`);
    expect(await (await fetch(origin)).text()).toBe("ok");
    await app.stop();
    await expect(fetch(origin)).rejects.toThrow();
  });

  it("in use by another program is an error that names it and says how to fix it", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as { port: number };
    try {
      await expect(
        startService(
          service(() => "ok"),
          { options: { http: { port, host: "127.0.0.1" } } },
        ),
      ).rejects.toMatchObject({ code: "ERR_HTTP_PORT", message: expect.stringContaining(`127.0.0.1:${port}`) });
    } finally {
      other.close();
    }
  });

  it("is shared by services with the same port, each with its own middleware, errors and log", async () => {
    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, "127.0.0.1", resolve));
    const { port } = free.address() as { port: number };
    await new Promise((resolve) => free.close(resolve));
    const place = { http: { port, host: "127.0.0.1" } };
    const first = defineService({
      name: "first",
      options: place,
      handlers: { a: on(http("GET", "/a"), () => "a"), missing: on(httpError(404), () => "first says no") },
    });
    const second = defineService({
      name: "second",
      options: place,
      httpMiddleware: [async (next) => `[${String(await next())}]`],
      handlers: { b: on(http("GET", "/b"), () => "b"), also: on(http("POST", "/a"), () => "posted") },
    });
    await using app = await startService([first, second], { options: place });
    const get = async (path: string, init = {}) => (await fetch(`http://127.0.0.1:${port}${path}`, init)).text();
    expect(await get("/a")).toBe("a");
    expect(await get("/b")).toBe("[b]");
    expect(await get("/a", { method: "POST" })).toBe("[posted]");
    expect(await get("/c")).toBe("first says no");
    const both = await fetch(`http://127.0.0.1:${port}/a`, { method: "DELETE" });
    expect([both.status, both.headers.get("allow")]).toEqual([405, "GET, HEAD, OPTIONS, POST"]);
    expect(await app.stop()).toBe(0);
  });

  it("cannot be shared by services with different server options or the same route", async () => {
    const place = { port: 9701, host: "127.0.0.1" };
    const make = (name: string, options = {}): ServiceClass =>
      defineService({
        name,
        options: { http: { ...place, ...options } },
        handlers: { a: on(http("GET", "/a"), () => "a") },
      });
    const listen = { options: { http: { listen: true } } };
    await expect(startService([make("a"), make("b", { maxHeaderSize: "2KB" })], listen)).rejects.toThrow(
      'The services "a" and "b" share the port 127.0.0.1:9701, but differ in options.http: maxHeaderSize',
    );
    await expect(startService([make("a"), make("b")], listen)).rejects.toMatchObject({
      code: "ERR_HTTP_ROUTE",
      message: expect.stringContaining("a.a and b.a"),
    });
  });
});

describe("a user's own application", () => {
  it("receives the handlers, keeps its own routes and errors, and continues after the service", async () => {
    const own = fastify();
    own.get("/own", async () => "own");
    await using app = await startService(
      service(() => "ours", { app: own, prefix: "/api", port: undefined, host: undefined }),
      {
        options: { http: { app: own, prefix: "/api" } },
      },
    );
    const origin = await own.listen({ port: 0, host: "127.0.0.1" });
    try {
      expect(await (await fetch(`${origin}/own`)).text()).toBe("own");
      expect(await (await fetch(`${origin}/api`)).text()).toBe("ours");
      expect(await (await fetch(`${origin}/nothing`)).json()).toMatchObject({ error: "Not Found" });
      await app.stop();
      expect((await fetch(`${origin}/api`)).status).toBe(503);
      expect(await (await fetch(`${origin}/own`)).text()).toBe("own");
    } finally {
      await own.close();
    }
  });

  it("that has started accepts no more handlers, and the error says so", async () => {
    const own = fastify();
    await own.ready();
    const type = defineService({
      name: "one",
      options: { http: { app: own } },
      handlers: { a: on(http("GET", "/a"), () => "a") },
    });
    await expect(startService(type)).rejects.toMatchObject({ code: "ERR_HTTP_START" });
    await own.close();
  });
});

describe("a disconnected client", () => {
  it("aborts the signal of the handler, and is logged as 499", async () => {
    const { logger, lines } = await capturingLogger();
    const [called, aborted] = [createDeferred(), createDeferred<unknown>()];
    const handle: Handle = async (_request, { signal }) => {
      called.resolve();
      await new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => {
          aborted.resolve(signal.reason);
          resolve();
        });
      });
      return "late";
    };
    await using app = await startService(service(handle), { logger, options: listening });
    const raw = await RawHttp.open(originOf(app.service));
    raw.write("GET / HTTP/1.1", "host: a", "", "");
    await called.promise;
    raw.socket.destroy();
    expect(await aborted.promise).toMatchObject({ code: "ERR_HTTP_CLIENT_GONE" });
    await app.handled("handle");
    expect(lines.find(({ msg }) => msg === "GET / 499")).toMatchObject({ statusCode: 499, replacedStatusCode: 200 });
  });
});

describe("a stream that fails in the middle", () => {
  it("ends the connection, so that no client treats the part as the whole, and is logged", async () => {
    const { logger, lines } = await capturingLogger();
    async function* halves() {
      yield "the first half";
      throw new RangeError("there is no second half");
    }
    const type = service(() => halves());
    await using app = await startService(type, { logger, options: listening });
    const received = await rawExchange(originOf(app.service), "GET / HTTP/1.1", "host: a", "", "");
    expect(received).toContain("the first half");
    expect(received).not.toMatch(/\r\n0\r\n\r\n$/);
    expect(lines.find(({ level }) => level >= 50)?.msg).toContain("there is no second half");
  });
});

describe("hostile bytes", () => {
  it.each<[string, readonly string[], RegExp]>([
    ["no HTTP", ["hello", "", ""], /^HTTP\/1\.1 400 /],
    ["a header without a name", ["GET / HTTP/1.1", ": a", "", ""], /^HTTP\/1\.1 400 /],
    ["a space before the colon", ["POST / HTTP/1.1", "host: a", "content-length : 1", "", "a"], /^HTTP\/1\.1 400 /],
    [
      "two lengths",
      ["POST / HTTP/1.1", "host: a", "content-length: 1", "content-length: 2", "", "ab"],
      /^HTTP\/1\.1 400 /,
    ],
    [
      "a length and chunks",
      ["POST / HTTP/1.1", "host: a", "content-length: 6", "transfer-encoding: chunked", "", "0", "", "G"],
      /^HTTP\/1\.1 400 /,
    ],
    [
      "chunks that are not last",
      ["POST / HTTP/1.1", "host: a", "transfer-encoding: chunked, identity", "", "0", "", ""],
      /^HTTP\/1\.1 400 /,
    ],
    [
      "an invalid chunk size",
      [
        "POST /echo HTTP/1.1",
        "host: a",
        "content-type: text/plain",
        "transfer-encoding: chunked",
        "",
        "0x1",
        "a",
        "0",
        "",
        "",
      ],
      /^HTTP\/1\.1 400 /,
    ],
    [
      "a folded header",
      ["GET / HTTP/1.1", "host: a", "x-a: 1", " transfer-encoding: chunked", "", ""],
      /^HTTP\/1\.1 (?:400|200) /,
    ],
    ["a bare line feed", ["GET / HTTP/1.1\nhost: a", "", ""], /^HTTP\/1\.1 400 /],
    ["no host", ["GET / HTTP/1.1", "connection: close", "", ""], /^HTTP\/1\.1 400 /],
    [
      "headers above the limit",
      ["GET / HTTP/1.1", "host: a", `x-a: ${"a".repeat(20_000)}`, "", ""],
      /^HTTP\/1\.1 431 /,
    ],
    [
      "very many headers",
      ["GET / HTTP/1.1", "host: a", ...Array.from({ length: 3000 }, (_, at) => `a${at}: 1`), "", ""],
      /^HTTP\/1\.1 431 /,
    ],
    [
      "a path that is not encoded right",
      ["GET /%zz HTTP/1.1", "host: a", "connection: close", "", ""],
      /^HTTP\/1\.1 400 /,
    ],
    ["a method that does not exist", ["FETCH / HTTP/1.1", "host: a", "", ""], /^HTTP\/1\.1 400 /],
    ["a connection to be a proxy", ["CONNECT a:80 HTTP/1.1", "host: a", "", ""], /^(?:HTTP\/1\.1 4\d\d .*|)/],
  ])("%s end the connection, and the server goes on", async (_name, lines, status) => {
    const { app, origin } = await start(() => "ok");
    await using _app = app;
    const closing = lines.map((line) => (line === "host: a" ? "host: a\r\nconnection: close" : line));
    expect(await rawExchange(origin, ...closing)).toMatch(status);
    expect(await (await fetch(origin)).text()).toBe("ok");
  });

  it("after a valid request get no answer that the client could treat as the answer to it", async () => {
    const gate = createDeferred();
    const { app, origin } = await start(() => gate.promise.then(() => "ok"));
    await using _app = app;
    const received = await rawExchange(origin, "GET / HTTP/1.1", "host: a", "", "garbage", "", "");
    gate.resolve();
    expect(received).toBe("");
  });

  it("a body that is longer than its length becomes the next request, not a part of the first", async () => {
    const { app, origin } = await start(() => "ok");
    await using _app = app;
    const received = await rawExchange(
      origin,
      ...["POST /echo HTTP/1.1", "host: a", "content-type: text/plain", "content-length: 1", ""],
      ...["xGET / HTTP/1.1", "host: a", "connection: close", "", ""],
    );
    expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 200"]);
    expect(received).toMatch(/\r\n\r\nxHTTP[\s\S]*\r\n\r\nok$/);
  });

  it.each<[string, readonly string[]]>([
    ["headers", ["GET / HTTP/1.1", "host: a", ""]],
    ["a body", ["POST /echo HTTP/1.1", "host: a", "content-type: text/plain", "content-length: 10", "", "a"]],
  ])("%s that do not come in time are answered with 408", async (_name, lines) => {
    const { app, origin } = await start(() => "ok", { requestTimeout: "2s", headersTimeout: "1s" });
    await using _app = app;
    expect(await rawExchange(origin, ...lines)).toMatch(/^HTTP\/1\.1 408 /);
    expect(await (await fetch(origin)).text()).toBe("ok");
  });

  it("a body that never ends is cut off after a timeout, and at the size limit", async () => {
    const { app, origin } = await start(() => "ok", { requestTimeout: "10s", bodyLimit: "2KB" });
    await using _app = app;
    const large = await rawExchange(
      origin,
      ...[
        "POST /echo HTTP/1.1",
        "host: a",
        "connection: close",
        "content-type: text/plain",
        "transfer-encoding: chunked",
        "",
        "1000",
      ],
      "a".repeat(4096),
    );
    expect(large).toMatch(/^HTTP\/1\.1 413 /);
  });
});

describe("a stop", () => {
  it("answers accepted requests, ends their connections, and accepts no new one", async () => {
    const [called, gate] = [createDeferred(), createDeferred()];
    const { app, origin } = await start(async () => {
      called.resolve();
      await gate.promise;
      return "answered";
    });
    await using _app = app;
    await using raw = await RawHttp.open(origin);
    raw.write("GET / HTTP/1.1", "host: a", "", "");
    await called.promise;
    const stopped = app.stop();
    await refusedConnections(origin);
    gate.resolve();
    const received = await raw.ended();
    expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(received.toLowerCase()).toContain("connection: close");
    expect(received).toContain("answered");
    expect(await stopped).toBe(0);
  });

  it("answers a request on an open connection after it has started, and closes idle connections", async () => {
    const gate = createDeferred();
    const called = createDeferred();
    const { app, origin } = await start(async ({ method }) => {
      if (method === "POST") {
        called.resolve();
        await gate.promise;
      }
      return method;
    });
    await using _app = app;
    await using busy = await RawHttp.open(origin);
    await using late = await RawHttp.open(origin);
    await using idle = await RawHttp.open(origin);
    for (const raw of [late, idle]) {
      raw.write("GET / HTTP/1.1", "host: a", "", "");
      await raw.until(/GET$/);
    }
    busy.write("POST / HTTP/1.1", "host: a", "content-length: 0", "", "");
    await called.promise;
    const stopped = app.stop();
    await refusedConnections(origin);
    late.write("GET / HTTP/1.1", "host: a", "", "");
    const lateAnswers = await late.ended();
    expect(lateAnswers.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
    expect(lateAnswers.toLowerCase()).toContain("connection: close");
    gate.resolve();
    expect(await busy.ended()).toContain("POST");
    expect((await idle.ended()).match(/HTTP\/1\.1 200/g)).toHaveLength(1);
    expect(await stopped).toBe(0);
  });

  it("answers a request whose body is still arriving", async () => {
    const { app, origin } = await start(() => "ok");
    await using _app = app;
    await using raw = await RawHttp.open(origin);
    raw.write(
      "POST /echo HTTP/1.1",
      "host: a",
      "content-type: text/plain",
      "content-length: 4",
      "expect: 100-continue",
      "",
      "",
    );
    await raw.until(/100 Continue/);
    raw.write("ab");
    const stopped = app.stop();
    await refusedConnections(origin);
    raw.write("cd");
    expect(await raw.ended()).toMatch(/200 OK[\s\S]*abcd$/);
    expect(await stopped).toBe(0);
  });

  it("ends in time even if a handler and a client do not, and the client gets an answer", async () => {
    const called = createDeferred();
    const { app, origin } = await start(() => {
      called.resolve();
      return new Promise(() => {});
    });
    await using _app = app;
    await using raw = await RawHttp.open(origin);
    await using slow = await RawHttp.open(origin);
    raw.write("GET / HTTP/1.1", "host: a", "", "");
    slow.write("POST /echo HTTP/1.1", "host: a", "content-type: text/plain", "content-length: 4", "", "");
    await called.promise;
    expect(await app.stop()).toBe(0);
    expect(await raw.ended()).toMatch(/^HTTP\/1\.1 503 /);
    await slow.ended();
  });
});

/** Resolves when no new connection is taken. */
async function refusedConnections(origin: string): Promise<void> {
  for (;;) {
    try {
      await using _raw = await RawHttp.open(origin);
    } catch {
      return;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}
