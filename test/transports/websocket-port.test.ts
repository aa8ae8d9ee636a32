// Web sockets on a port: hostile frames, slow or disconnected clients, an application with its own, a browser.
import { randomBytes } from "node:crypto";
import { fastify } from "fastify";
import {
  defineService,
  http,
  httpTransport,
  on,
  type ServiceClass,
  transportOf,
  type WebSocketContext,
  type WebSocketOptions,
  websocket,
} from "tomodachi";
import { createVirtualClock, startService } from "tomodachi/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { createDeferred } from "../../src/util/deferred.ts";
import { until } from "../support/broker.ts";
import { describeWithBrowser, TestBrowser } from "../support/browser.ts";
import { capturingLogger } from "../support/capturing-logger.ts";
import { RawHttp } from "../support/raw-http.ts";

const listening = { http: { port: 0, host: "127.0.0.1" } };

type Handle = (request: never, context: WebSocketContext) => unknown;

function chat(handle: Handle, options: WebSocketOptions = {}): ServiceClass {
  return defineService({
    name: "one",
    handlers: {
      chat: on(websocket("/chat", options), handle as never),
      page: on(http("GET", "/"), () => [200, "<title>chat</title>", { "content-type": "text/html" }]),
    },
  });
}

function originOf(service: never | object): string {
  return String(transportOf(service as never, httpTransport).origin);
}

const handshake = [
  "GET /chat HTTP/1.1",
  "host: a",
  "connection: keep-alive, Upgrade",
  "upgrade: WebSocket",
  "sec-websocket-version: 13",
  `sec-websocket-key: ${randomBytes(16).toString("base64")}`,
];

async function opened(origin: string): Promise<RawHttp> {
  const raw = await RawHttp.open(origin);
  raw.write(...handshake, "", "");
  await raw.until(/^HTTP\/1\.1 101 [\s\S]*\r\n\r\n/);
  return raw;
}

/** A frame of a client: masked with zeros, so that its payload reads as it is. */
function frame(opcode: number, payload: string, { final = true, masked = true, reserved = 0 } = {}): string {
  const first = String.fromCharCode((final ? 0x80 : 0) | reserved | opcode);
  const length = payload.length < 126 ? String.fromCharCode((masked ? 0x80 : 0) | payload.length) : undefined;
  if (length === undefined) throw new RangeError("only short frames");
  return `${first}${length}${masked ? "\0\0\0\0" : ""}${payload}`;
}

/** The code of the close frame that came. */
function closeCode(received: string): number | undefined {
  const at = received.indexOf("\x88", received.indexOf("\r\n\r\n"));
  return at === -1 ? undefined : received.charCodeAt(at + 2) * 256 + received.charCodeAt(at + 3);
}

describe("hostile frames", () => {
  it.each<[string, string, number]>([
    ["a frame without a mask", frame(1, "a", { masked: false }), 1002],
    ["a reserved bit", frame(1, "a", { reserved: 0x40 }), 1002],
    ["an opcode that does not exist", frame(3, "a"), 1002],
    ["a continuation of nothing", frame(0, "a"), 1002],
    ["a message in the middle of another", frame(1, "a", { final: false }) + frame(1, "b"), 1002],
    ["a ping in parts", frame(9, "a", { final: false }), 1002],
    ["text that is not UTF-8", frame(1, "\xff\xfe"), 1007],
    ["a close code that may not be sent", frame(8, "\x03\xed"), 1002],
    ["a message above the limit", `\x81\xff${"\0".repeat(2)}${"\0".repeat(3)}\x10\0\0${"\0".repeat(4)}`, 1009],
    [
      "parts that are too long together",
      `${frame(1, "a".repeat(100), { final: false })}${frame(0, "b".repeat(100))}`,
      1009,
    ],
    ["a length that no message has", `\x81\xff${"\xff".repeat(8)}\0\0\0\0`, 1009],
  ])("%s ends the connection with its code, and the service goes on", async (_name, bytes, code) => {
    const seen: unknown[] = [];
    const type = chat(() => (text: string) => seen.push(text), { maxMessageSize: 150 });
    await using app = await startService(type, { options: listening });
    await using raw = await opened(originOf(app.service));
    raw.write(bytes);
    await raw.until(/\r\n\r\n\x88/);
    expect(closeCode(raw.received)).toBe(code);
    raw.socket.end();
    await raw.ended();
    await app.handled("chat");
    expect(seen).toEqual([]);
    await using again = await opened(originOf(app.service));
    again.write(frame(1, "good"));
    await until(() => seen.length === 1, { what: "a message" });
  });

  it.each<[string, string, RegExp]>([
    ["another version", "sec-websocket-version: 8", /^HTTP\/1\.1 426 [\s\S]*sec-websocket-version: 13/i],
    ["no version", "x: 1", /^HTTP\/1\.1 426 /],
    ["an invalid key", "sec-websocket-key: short", /^HTTP\/1\.1 400 /],
    ["another protocol", "upgrade: h2c", /^HTTP\/1\.1 426 /],
  ])("a handshake with %s is refused, and its connection ended", async (_name, line, answer) => {
    await using app = await startService(
      chat(() => {}),
      { options: listening },
    );
    await using raw = await RawHttp.open(originOf(app.service));
    const name = line.split(":")[0] === "x" ? "sec-websocket-version" : line.split(":")[0];
    raw.write(...handshake.filter((one) => !one.startsWith(`${name}:`)), line, "", "");
    expect(await raw.ended()).toMatch(answer);
  });

  it("a client that disconnects during its handshake aborts the signal, and nothing fails", async () => {
    const [called, gone] = [createDeferred(), createDeferred<unknown>()];
    const { logger, lines } = await capturingLogger();
    const type = chat(async (_request, { signal }) => {
      called.resolve();
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      gone.resolve(signal.reason);
    });
    await using app = await startService(type, { options: listening, logger });
    const raw = await RawHttp.open(originOf(app.service));
    raw.write(...handshake, "", "");
    await called.promise;
    raw.socket.destroy();
    expect(await gone.promise).toMatchObject({ code: "ERR_HTTP_CLIENT_GONE" });
    await app.idle();
    expect(lines.filter(({ level }) => level >= 40)).toEqual([]);
  });

  it("a request for another protocol is treated as HTTP if a route matches", async () => {
    await using app = await startService(
      chat(() => {}),
      { options: listening },
    );
    await using raw = await RawHttp.open(originOf(app.service));
    raw.write(
      "GET / HTTP/1.1",
      "host: a",
      "connection: Upgrade, HTTP2-Settings",
      "upgrade: h2c",
      "http2-settings: AAMAAABk",
      "",
      "",
    );
    expect(await raw.ended()).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*<title>chat<\/title>$/);
  });
});

describe("a client", () => {
  it("that does not read slows down a handler that awaits, and uses little memory", async () => {
    let sent = 0;
    const kept = createDeferred<WebSocketContext>();
    const type = chat(async (_request, context) => {
      kept.resolve(context);
      const megabyte = "a".repeat(1024 * 1024);
      for (; sent < 200; sent++) await context.socket.send(megabyte);
    });
    await using app = await startService(type, { options: listening });
    await using raw = await opened(originOf(app.service));
    raw.socket.pause();
    const { socket } = await kept.promise;
    await until(() => socket.bufferedBytes > 0, { what: "a full connection" });
    const before = sent;
    expect(before).toBeLessThan(100);
    expect(socket.bufferedBytes).toBeLessThan(3 * 1024 * 1024);
    raw.socket.resume();
    await until(() => sent > before, { what: "the next message" });
    raw.socket.destroy();
    await app.handled("chat");
  });

  it("that does not read is disconnected if the handler does not await", async () => {
    const { logger, lines } = await capturingLogger();
    const type = chat(
      (_request, { socket }) => {
        const bytes = Buffer.alloc(1024 * 1024);
        for (let at = 0; at < 100; at++) void socket.send(bytes);
      },
      { maxBuffered: "8MB" },
    );
    await using app = await startService(type, { options: listening, logger });
    await using raw = await RawHttp.open(originOf(app.service));
    raw.socket.pause();
    raw.write(...handshake, "", "");
    await app.handled("chat");
    await until(() => lines.some(({ trouble }) => /reads too slowly/.test(String(trouble))), { what: "the log" });
  });

  it("that answers no pings is disconnected", async () => {
    const clock = createVirtualClock();
    const kept = createDeferred<WebSocketContext>();
    const type = chat((_request, context) => kept.resolve(context), { pingInterval: "10s" });
    const { logger, lines } = await capturingLogger();
    await using app = await startService(type, { clock, logger, options: listening });
    await using raw = await opened(originOf(app.service));
    const { socket, signal } = await kept.promise;
    await clock.advance("10s");
    await until(() => raw.received.includes("\r\n\r\n\x89\x00"), { what: "a ping" });
    expect(socket.isOpen).toBe(true);
    await clock.advance("10s");
    await raw.ended();
    await app.handled("chat");
    expect([socket.isOpen, signal.aborted]).toEqual([false, true]);
    expect(lines.find(({ closeCode: code }) => code !== undefined)).toMatchObject({
      closeCode: 1006,
      trouble: "the client does not answer",
    });
  });

  it("that answers no close does not delay a stop", async () => {
    await using app = await startService(
      chat(() => () => {}),
      { options: listening },
    );
    await using raw = await opened(originOf(app.service));
    const stopped = app.stop();
    await raw.until(/\r\n\r\n\x88/);
    expect(closeCode(raw.received)).toBe(1001);
    expect(await stopped).toBe(0);
    await raw.ended();
  });
});

describe("a user's own application", () => {
  it("keeps its own web sockets", async () => {
    const own = fastify();
    const others = new WebSocketServer({ noServer: true });
    own.server.on("upgrade", (request, socket, head) => {
      others.handleUpgrade(request, socket, head, (other) => other.send("theirs"));
    });
    const type = chat((_request, { socket }) => socket.send("ours"));
    await using _app = await startService(type, { options: { http: { app: own, prefix: "/api" } } });
    const origin = (await own.listen({ port: 0, host: "127.0.0.1" })).replace("http", "ws");
    const first = async (path: string): Promise<string> => {
      const client = new WebSocket(`${origin}${path}`);
      const message = await new Promise((resolve) => client.once("message", resolve));
      const closed = new Promise((resolve) => client.once("close", resolve));
      client.terminate();
      await closed;
      return String(message);
    };
    try {
      expect(await first("/api/chat")).toBe("ours");
      expect(await first("/theirs")).toBe("theirs");
    } finally {
      for (const client of others.clients) client.terminate();
      await own.close();
    }
  });
});

describeWithBrowser("a browser", () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await TestBrowser.open();
  });
  afterAll(() => browser[Symbol.asyncDispose]());

  it("communicates with a handler, with a subprotocol and bytes, and learns that the service stops", async () => {
    const type = chat(
      (_request, { socket }) =>
        (data: string | Buffer) =>
          socket.send(data),
      {
        messages: "any",
        protocols: ["echo"],
        compression: true,
      },
    );
    await using app = await startService(type, { options: listening });
    await using tab = await browser.tab();
    await tab.page.goto(originOf(app.service));
    const talk = `new Promise((resolve, reject) => {
      const socket = new WebSocket(location.origin.replace("http", "ws") + "/chat", ["echo"]);
      socket.binaryType = "arraybuffer";
      const seen = [socket.protocol];
      window.ended = new Promise((end) => { socket.onclose = ({ code, reason, wasClean }) => end({ code, reason, wasClean }); });
      socket.onerror = () => reject(new Error("refused"));
      socket.onopen = () => { seen.push(socket.protocol); socket.send("häll"); socket.send(new Uint8Array([1, 2, 3])); };
      socket.onmessage = ({ data }) => {
        seen.push(typeof data === "string" ? data : [...new Uint8Array(data)]);
        if (seen.length === 4) resolve(seen);
      };
    })`;
    expect(await tab.page.evaluate(talk)).toEqual(["", "echo", "häll", [1, 2, 3]]);
    await app.stop();
    const end = await tab.page.evaluate("window.ended");
    expect(end).toEqual({ code: 1001, reason: "The service is stopping.", wasClean: true });
    expect(tab.problems.filter((problem) => !problem.includes("favicon") && !problem.includes("404"))).toEqual([]);
  });
});
