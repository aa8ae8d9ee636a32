// Clients that read their answer slowly, or not at all: memory is bounded, and no answer, no stop and no other client waits forever.
import { once } from "node:events";
import { connect as connectHttp2, constants } from "node:http2";
import { defineService, type HttpContext, http, httpTransport, on, transportOf } from "tomodachi";
import { startService } from "tomodachi/testing";
import { describe, expect, it } from "vitest";
import { createDeferred } from "../../src/util/deferred.ts";
import { until } from "../support/broker.ts";
import { capturingLogger } from "../support/capturing-logger.ts";
import { RawHttp } from "../support/raw-http.ts";

/** More than the kernel keeps for a connection on loopback. */
const large = 64 * 1024 ** 2;
const piece = Buffer.alloc(65_536, 97);

type Handle = (context: HttpContext) => unknown;

async function start(handlers: Readonly<Record<string, Handle>>, options: object = {}) {
  const captured = await capturingLogger();
  const type = defineService({
    name: "one",
    handlers: Object.fromEntries(
      Object.entries(handlers).map(([name, handle]) => [
        name,
        on(http("GET", `/${name}`), (_request, context) => handle(context) as never),
      ]),
    ),
  });
  const listening = { http: { port: 0, host: "127.0.0.1", ...options } };
  const app = await startService(type, { logger: captured.logger, options: listening });
  const { origin = "" } = transportOf(app.service, httpTransport);
  return { app, origin, lines: captured.lines };
}

/** A client that has asked, and reads nothing. */
async function askOnly(origin: string, path: string): Promise<RawHttp> {
  const raw = await RawHttp.open(origin);
  raw.socket.pause();
  raw.write(`GET ${path} HTTP/1.1`, "host: a", "", "");
  return raw;
}

/** Answers that are larger than what the kernel keeps. */
const answers: readonly (readonly [string, () => unknown])[] = [
  ["a string", () => "a".repeat(large)],
  ["a Buffer", () => Buffer.alloc(large, 97)],
  ["an object", () => ({ text: "a".repeat(large) })],
  ["a stream", () => pieces(large / piece.length)],
];

async function* pieces(count: number, given: () => void = () => {}): AsyncGenerator<Buffer> {
  for (let at = 0; at < count; at++) {
    given();
    yield piece;
  }
}

describe("a client that reads slowly", () => {
  it("slows the stream down, so that buffered data is limited, and finally gets all of it", async () => {
    let given = 0;
    const replies: HttpContext["reply"][] = [];
    const { app, origin } = await start({
      a: ({ reply }) => {
        replies.push(reply);
        return pieces(1600, () => given++);
      },
    });
    await using _app = app;
    await using raw = await askOnly(origin, "/a");
    await until(() => replies[0]?.raw.writableNeedDrain === true, { what: "the stream to wait" });
    // The kernel keeps some megabytes; 1600 pieces are 100 MB.
    expect(given).toBeLessThan(800);
    expect(replies[0]?.raw.writableLength).toBeLessThan(1024 ** 2);
    let bytes = 0;
    raw.socket.on("data", (text: string) => {
      bytes += text.length;
    });
    raw.socket.resume();
    await until(() => bytes > 1600 * piece.length, { what: "all bytes" });
    expect(given).toBe(1600);
  });

  it("does not delay others", async () => {
    const { app, origin } = await start({ a: () => "a".repeat(large), b: () => "b" });
    await using _app = app;
    const slow = await Promise.all(Array.from({ length: 5 }, () => askOnly(origin, "/a")));
    expect(await (await fetch(`${origin}/b`)).text()).toBe("b");
    for (const raw of slow) await raw[Symbol.asyncDispose]();
  });

  it("waits for its earlier requests on the connection: few of them run when it reads nothing", async () => {
    let runs = 0;
    const { app, origin } = await start({
      a: () => {
        runs++;
        return "a".repeat(1024 ** 2);
      },
    });
    await using _app = app;
    await using raw = await RawHttp.open(origin);
    raw.socket.pause();
    for (let at = 0; at < 50; at++)
      raw.write(...Array.from({ length: 100 }, () => "GET /a HTTP/1.1\r\nhost: a\r\n\r\n"));
    await until(() => runs > 0, { what: "a run" });
    for (let at = 0; at < 20; at++) await (await fetch(`${origin}/nothing`)).text();
    expect(runs).toBeLessThan(200);
  });
});

describe.each(answers)("a client that stops reading %s", (_name, answer) => {
  it("is disconnected after sendTimeout, and the access log has the reason", async () => {
    const { app, origin, lines } = await start({ a: answer }, { sendTimeout: "200ms" });
    await using _app = app;
    await using raw = await askOnly(origin, "/a");
    await until(() => lines.some(({ msg }) => msg === "GET /a 499"), { what: "the end of the request" });
    expect(lines.find(({ msg }) => msg === "GET /a 499")).toMatchObject({
      replacedStatusCode: 200,
      trouble: "the client read nothing of its response for 0.2 s",
    });
    raw.socket.resume();
    expect((await raw.ended()).length).toBeLessThan(large);
  });

  it("does not prevent the stop of the service", async () => {
    const { app, origin } = await start({ a: answer });
    await using _app = app;
    await using raw = await askOnly(origin, "/a");
    await until(() => transportOf(app.service, httpTransport).health().routes?.[0]?.running === 0, { what: "the run" });
    expect(await app.stop()).toBe(0);
    raw.socket.resume();
    await raw.ended();
  });

  it("and resets the connection leaves nothing behind", async () => {
    const { app, origin, lines } = await start({ a: answer });
    await using _app = app;
    const raw = await askOnly(origin, "/a");
    await until(() => raw.socket.bytesWritten > 0, { what: "the request" });
    raw.socket.resume();
    await raw.until(/a/);
    raw.socket.resetAndDestroy();
    await until(() => lines.some(({ msg }) => msg === "GET /a 499"), { what: "the end of the request" });
  });
});

describe("a client of HTTP/2", () => {
  it("that resets its stream is logged as disconnected, and the stream of the answer ends", async () => {
    const ended = createDeferred();
    async function* words(): AsyncGenerator<Buffer> {
      try {
        yield* pieces(Number.POSITIVE_INFINITY);
      } finally {
        ended.resolve();
      }
    }
    const { app, origin, lines } = await start({ a: words }, { http2: true });
    await using _app = app;
    const session = connectHttp2(origin);
    const stream = session.request({ ":path": "/a" });
    await once(stream, "response");
    stream.close(constants.NGHTTP2_CANCEL);
    await ended.promise;
    await until(() => lines.some(({ msg }) => msg === "GET /a 499"), { what: "the line of the access log" });
    session.destroy();
  });

  it("that loses its connection is logged as disconnected", async () => {
    const { app, origin, lines } = await start({ a: () => pieces(Number.POSITIVE_INFINITY) }, { http2: true });
    await using _app = app;
    const session = connectHttp2(origin);
    const stream = session.request({ ":path": "/a" });
    stream.on("error", () => {});
    await once(stream, "response");
    session.destroy();
    await until(() => lines.some(({ msg }) => msg === "GET /a 499"), { what: "the line of the access log" });
  });
});

describe("sendTimeout", () => {
  it("does not end a stream without data", async () => {
    const more = createDeferred();
    async function* events(): AsyncGenerator<string> {
      yield "one";
      await more.promise;
      yield "two";
    }
    const { app, origin, lines } = await start({ events, a: () => "a".repeat(large) }, { sendTimeout: "200ms" });
    await using _app = app;
    await using listener = await RawHttp.open(origin);
    listener.write("GET /events HTTP/1.1", "host: a", "", "");
    await listener.until(/one/);
    await using _stalled = await askOnly(origin, "/a");
    await until(() => lines.some(({ msg }) => msg === "GET /a 499"), { what: "the end of the other" });
    more.resolve();
    await listener.until(/two[\s\S]*\r\n0\r\n\r\n$/);
  });

  it("ends one stream of HTTP/2, not its connection", async () => {
    const { app, origin, lines } = await start(
      { a: () => "a".repeat(large), b: () => "b" },
      { http2: true, sendTimeout: "200ms" },
    );
    await using _app = app;
    const session = connectHttp2(origin);
    const stalled = session.request({ ":path": "/a" });
    stalled.on("error", () => {});
    await once(stalled, "response");
    stalled.pause();
    await until(() => lines.some(({ trouble }) => trouble !== undefined), { what: "the end of the stream" });
    expect(lines.find(({ msg }) => msg === "GET /a 499")).toMatchObject({ replacedStatusCode: 200 });
    const other = session.request({ ":path": "/b" });
    other.setEncoding("utf8");
    expect((await once(other, "data"))[0]).toBe("b");
    session.destroy();
  });

  it("is false for no limit, and refuses an invalid duration", async () => {
    const { app } = await start({ a: () => "a" }, { sendTimeout: false });
    await app.stop();
    await expect(start({ a: () => "a" }, { sendTimeout: "soon" })).rejects.toThrow(/sendTimeout .*or false/);
  });
});
