// Streams that a handler returns: whatever happens to the answer, the stream ends, and its resources are freed.
import { Readable } from "node:stream";
import { ReadableStream } from "node:stream/web";
import {
  defineService,
  type HttpContext,
  type HttpOptions,
  http,
  httpError,
  httpTransport,
  on,
  type StandardSchema,
  transportOf,
} from "tomodachi";
import { startService } from "tomodachi/testing";
import { describe, expect, it } from "vitest";
import { createDeferred } from "../../src/util/deferred.ts";
import { until } from "../support/broker.ts";
import { capturingLogger } from "../support/capturing-logger.ts";
import { RawHttp } from "../support/raw-http.ts";

const listening = { http: { port: 0, host: "127.0.0.1" } };

/** Each gives "first" and then nothing, for as long as it is open. */
const sources: readonly (readonly [string, (ended: () => void) => unknown])[] = [
  ["a stream of Node", (ended) => silentReadable(ended, false)],
  ["a stream of Node that gives objects", (ended) => silentReadable(ended, true)],
  ["a stream of the web", silentWebStream],
  ["a Response", (ended) => new Response(silentWebStream(ended) as never, { headers: { "x-of": "Response" } })],
];

function silentReadable(ended: () => void, objectMode: boolean): Readable {
  let given = false;
  return new Readable({
    objectMode,
    read() {
      if (!given) this.push("first");
      given = true;
    },
    destroy(error, done) {
      ended();
      done(error);
    },
  });
}

function silentWebStream(ended: () => void): ReadableStream {
  return new ReadableStream({ start: (way) => way.enqueue(Buffer.from("first")), cancel: () => ended() });
}

type Handle = (context: HttpContext) => unknown;

async function start(handle: Handle, options: HttpOptions = {}) {
  const captured = await capturingLogger();
  const type = defineService({
    name: "one",
    handlers: {
      handle: on(http(["GET", "POST"], "/", options), (_request, context) => handle(context) as never),
      other: on(http("GET", "/other"), () => "still here"),
    },
  });
  const app = await startService(type, { logger: captured.logger, options: listening });
  const { origin = "" } = transportOf(app.service, httpTransport);
  return { app, origin, lines: captured.lines };
}

async function ask(origin: string, method = "GET", path = "/"): Promise<RawHttp> {
  const raw = await RawHttp.open(origin);
  raw.write(`${method} ${path} HTTP/1.1`, "host: a", "", "");
  return raw;
}

describe.each(sources)("%s", (_name, create) => {
  it("ends when the client resets the connection in the middle of the answer", async () => {
    const ended = createDeferred();
    const { app, origin } = await start(() => create(ended.resolve));
    await using _app = app;
    const raw = await ask(origin);
    await raw.until(/first/);
    raw.socket.resetAndDestroy();
    await ended.promise;
  });

  it("ends when the client had disconnected before the handler returned it", async () => {
    const [called, ended] = [createDeferred(), createDeferred()];
    const { app, origin } = await start(async ({ signal }) => {
      called.resolve();
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      return create(ended.resolve);
    });
    await using _app = app;
    const raw = await ask(origin);
    await called.promise;
    raw.socket.destroy();
    await ended.promise;
  });

  it("ends when it is returned after the time limit of the handler", async () => {
    const [answered, ended] = [createDeferred(), createDeferred()];
    const limited = { timeoutSeconds: 0.05 };
    const { app, origin } = await start(() => answered.promise.then(() => create(ended.resolve)), limited);
    await using _app = app;
    await using raw = await ask(origin);
    await raw.until(/503 Service Unavailable/);
    answered.resolve();
    await ended.promise;
  });

  it("ends when the stop of the service does not wait for it any longer", async () => {
    const ended = createDeferred();
    const { app, origin } = await start(() => create(ended.resolve));
    await using _app = app;
    await using raw = await ask(origin);
    await raw.until(/first/);
    expect(await app.stop()).toBe(0);
    await ended.promise;
    expect(await raw.ended()).not.toMatch(/\r\n0\r\n\r\n$/);
  });

  it("is not read for HEAD, and the answer has the headers of GET", async () => {
    const ended = createDeferred();
    const { app, origin } = await start(() => [200, create(ended.resolve), { "x-kind": "stream" }]);
    await using _app = app;
    await using raw = await ask(origin, "HEAD");
    await ended.promise;
    const head = await raw.until(/\r\n\r\n$/);
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(head).toContain("x-kind: stream");
    expect(head).not.toContain("content-length: 0");
  });

  it.each([204, 205, 304])("is not read for an answer with the status %i, which has no body", async (status) => {
    const ended = createDeferred();
    const { app, origin } = await start(() => {
      const body = create(ended.resolve);
      // A Response has its own status, and takes no body with one of these.
      return body instanceof Response ? [status, body.body] : [status, body];
    });
    await using _app = app;
    await using raw = await ask(origin);
    expect(await raw.until(/\r\n\r\n$/)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    await ended.promise;
    // The connection can be used for the next request.
    raw.write("GET /other HTTP/1.1", "host: a", "", "");
    await raw.until(/still here$/);
  });

  it("ends when its headers cannot be sent", async () => {
    const ended = createDeferred();
    const { app, origin } = await start(() => [200, create(ended.resolve), { "x-bad": "a\r\nb: c" }]);
    await using _app = app;
    await using raw = await ask(origin);
    await raw.until(/^HTTP\/1\.1 500 /);
    await ended.promise;
  });

  it("ends when the schema of the answer refuses it", async () => {
    const refuses: StandardSchema = {
      "~standard": { version: 1, vendor: "test", validate: () => ({ issues: [{ message: "it is no list" }] }) },
    };
    const ended = createDeferred();
    const { app, origin } = await start(() => create(ended.resolve), { schema: { response: refuses } });
    await using _app = app;
    await using raw = await ask(origin);
    await raw.until(/^HTTP\/1\.1 500 /);
    await ended.promise;
  });

  it("ends when the handler has answered through Fastify's reply", async () => {
    const ended = createDeferred();
    const { app, origin } = await start(({ reply }) => {
      reply.send("sent by the reply");
      return create(ended.resolve);
    });
    await using _app = app;
    await using raw = await ask(origin);
    await raw.until(/sent by the reply$/);
    await ended.promise;
  });

  it("ends when it is the answer of an @httpError handler with a disconnected client", async () => {
    const [called, ended] = [createDeferred(), createDeferred()];
    const type = defineService({
      name: "one",
      handlers: {
        missing: on(httpError(404), async (_request, { signal }) => {
          called.resolve();
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
          return create(ended.resolve);
        }),
        other: on(http("GET", "/other"), () => ""),
      },
    });
    await using app = await startService(type, { options: listening });
    const raw = await ask(transportOf(app.service, httpTransport).origin ?? "");
    await called.promise;
    raw.socket.destroy();
    await ended.promise;
  });
});

describe("a generator", () => {
  it("runs its `finally` when the client is disconnected", async () => {
    const ended = createDeferred();
    async function* words(): AsyncGenerator<string> {
      try {
        for (;;) yield "word ";
      } finally {
        ended.resolve();
      }
    }
    const { app, origin } = await start(words);
    await using _app = app;
    const raw = await ask(origin);
    await raw.until(/word/);
    raw.socket.resetAndDestroy();
    await ended.promise;
  });

  it("that is not sent does not start, and is closed", async () => {
    let begun = false;
    async function* words(): AsyncGenerator<string> {
      begun = true;
      yield "word";
    }
    const generator = words();
    const { app, origin } = await start(() => generator);
    await using _app = app;
    await using raw = await ask(origin, "HEAD");
    await raw.until(/\r\n\r\n$/);
    expect(await generator.next()).toEqual({ done: true, value: undefined });
    expect(begun).toBe(false);
  });

  it("may be one that never awaits", async () => {
    const { app, origin } = await start(function* () {
      yield "one ";
      yield Buffer.from("two");
    });
    await using _app = app;
    expect(await (await fetch(origin)).text()).toBe("one two");
  });
});

const odd: unknown = { odd: 1 };
const large = Buffer.alloc(8 * 1024 ** 2, 97);

describe("a stream of anything except strings and bytes", () => {
  const ways: readonly (readonly [string, (...parts: readonly unknown[]) => unknown])[] = [
    ["a generator", (...parts) => generated(parts)],
    ["a stream of Node", (...parts) => Readable.from(parts)],
    ["a stream of the web", (...parts) => webStream(parts)],
    ["a Response", (...parts) => new Response(webStream(parts) as never)],
  ];

  it.each(ways)("is a fault of the handler: 500, and the log has the reason: %s", async (_name, create) => {
    const { app, origin, lines } = await start(() => create(odd));
    await using _app = app;
    expect((await fetch(origin)).status).toBe(500);
    expect(lines.find(({ level }) => level >= 50)?.msg).toMatch(/GET \/ failed: .*chunk/);
    expect(await (await fetch(`${origin}/other`)).text()).toBe("still here");
  });

  it.each(ways)("ends the connection when a part was sent, and the service continues: %s", async (_name, create) => {
    const { app, origin, lines } = await start(() => create("first", large, odd, "last"));
    await using _app = app;
    await using raw = await RawHttp.open(origin);
    raw.socket.pause();
    raw.write("GET / HTTP/1.1", "host: a", "", "");
    await until(() => lines.some(({ level }) => level >= 50) || raw.socket.isPaused(), { what: "the failure" });
    raw.socket.resume();
    const received = await raw.ended();
    expect(received).toContain("first");
    expect(received).not.toContain("last");
    expect(await (await fetch(`${origin}/other`)).text()).toBe("still here");
    await until(() => lines.some(({ level }) => level >= 50), { what: "the line that says why" });
  });
});

async function* generated(parts: readonly unknown[]): AsyncGenerator<unknown> {
  yield* parts;
}

function webStream(parts: readonly unknown[]): ReadableStream {
  return new ReadableStream({
    start(way) {
      for (const part of parts) way.enqueue(part);
      way.close();
    },
  });
}

describe("a Response", () => {
  it("is sent with its status, each of its cookies and its body", async () => {
    const headers = new Headers([
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
      ["content-type", "text/css"],
    ]);
    const { app, origin } = await start(() => new Response("p {}", { status: 203, headers }));
    await using _app = app;
    const answer = await fetch(origin);
    expect([answer.status, answer.headers.getSetCookie(), answer.headers.get("content-type")]).toEqual([
      203,
      ["a=1", "b=2"],
      "text/css",
    ]);
    expect(await answer.text()).toBe("p {}");
  });

  it("whose body was read is a fault that the log explains", async () => {
    const { app, origin, lines } = await start(async () => {
      const response = new Response("once");
      await response.text();
      return response;
    });
    await using _app = app;
    expect((await fetch(origin)).status).toBe(500);
    expect(lines.find(({ level }) => level >= 50)?.msg).toContain("response.clone()");
  });
});
