// Handlers of web sockets by the testing kit: the whole way from the handshake to the close, without a port.
import {
  defineOptions,
  defineService,
  HttpError,
  type HttpMiddleware,
  type HttpRequest,
  http,
  on,
  Service,
  type ServiceClass,
  type WebSocketContext,
  websocket,
} from "tomodachi";
import { createVirtualClock, startService } from "tomodachi/testing";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { createDeferred } from "../../src/util/deferred.ts";
import { until } from "../support/broker.ts";
import { capturingLogger } from "../support/capturing-logger.ts";

class Rooms extends Service {
  name = "rooms";
  readonly closes: [number, string][] = [];

  @websocket("/rooms/:room")
  async room({ params }: HttpRequest<{ params: { room: string } }>, { socket }: WebSocketContext) {
    await socket.send(`in ${params.room}`);
    return {
      message: async (text: string) => socket.send({ said: text }),
      close: (code: number, reason: string) => void this.closes.push([code, reason]),
    };
  }
}

function one(handle: (request: never, context: WebSocketContext) => unknown, options = {}): ServiceClass {
  return defineService({ name: "one", handlers: { chat: on(websocket("/chat", options), handle as never) } });
}

describe("a web socket", () => {
  it("calls the method with its parameters, then a handler for each message, and finally the close handler", async () => {
    await using app = await startService(Rooms);
    await using socket = await app.http.websocket("/rooms/blue");
    expect(await socket.next()).toBe("in blue");
    socket.send("hello");
    expect(await socket.json()).toEqual({ said: "hello" });
    await socket.close(4001, "enough");
    await app.handled("room");
    expect(app.service.closes).toEqual([[4001, "enough"]]);
  });

  it.each<[string, (got: (text: string) => void, closed: (code: number) => void) => unknown]>([
    ["a function", (got) => got],
    ["two functions", (got, closed) => [got, closed]],
    ["an object", (message, close) => ({ message, close })],
    [
      "an instance of a class",
      (got, closed) =>
        new (class {
          readonly #got = got;
          message(text: string) {
            this.#got(text);
          }
          close(code: number) {
            closed(code);
          }
        })(),
    ],
  ])("accepts what Python's handlers return, and more: %s", async (name, handlers) => {
    const seen: unknown[] = [];
    const type = one(() =>
      handlers(
        (text) => seen.push(text),
        (code) => seen.push(code),
      ),
    );
    await using app = await startService(type);
    await using socket = await app.http.websocket("/chat");
    socket.send("a");
    socket.send("b");
    await socket.close();
    await app.handled("chat");
    expect(seen).toEqual(name === "a function" ? ["a", "b"] : ["a", "b", 1005]);
  });

  it("delivers messages one after another, also those before the close", async () => {
    const [gate, seen] = [createDeferred(), [] as string[]];
    const type = one(() => async (text: string) => {
      if (text === "0") await gate.promise;
      seen.push(text);
    });
    await using app = await startService(type);
    await using socket = await app.http.websocket("/chat");
    // More than may wait: the connection is paused, and nothing is lost.
    for (let at = 0; at < 500; at++) socket.send(String(at));
    gate.resolve();
    await until(() => seen.length === 500, { what: "all messages" });
    expect(seen).toEqual(Array.from({ length: 500 }, (_, at) => String(at)));
  });

  it("accepts text by default, and bytes or both on request", async () => {
    const echo =
      (_request: never, { socket }: WebSocketContext) =>
      (data: string | Buffer) =>
        socket.send(data);
    await using text = await startService(one(echo));
    await using first = await text.http.websocket("/chat");
    first.send(Buffer.from([1, 2]));
    expect(await first.closed).toEqual({ code: 1003, reason: "Messages must be text." });
    await using any = await startService(one(echo, { messages: "any" }));
    await using second = await any.http.websocket("/chat");
    second.send(Buffer.from([1, 2]));
    expect(await second.next()).toEqual(Buffer.from([1, 2]));
    second.send("text");
    expect(await second.next()).toBe("text");
  });

  it("validates messages by a schema, and ends a connection with an invalid message", async () => {
    const move = z.object({ x: z.number() });
    const type = defineService({
      name: "one",
      handlers: {
        chat: on(websocket("/chat", { schema: { message: move } }), (_request, { socket }) => ({
          message: ({ x }) => socket.send(x + 1),
        })),
      },
    });
    const { logger, lines } = await capturingLogger();
    await using app = await startService(type, { logger });
    for (const [sent, reason] of [
      ['{"x":"1"}', /^message\.x: /],
      ["{", /^The message is not JSON\.$/],
    ] as const) {
      await using socket = await app.http.websocket("/chat");
      socket.send({ x: 1 });
      expect(await socket.next()).toBe("2");
      socket.send(sent);
      expect(await socket.closed).toEqual({ code: 1007, reason: expect.stringMatching(reason) });
    }
    await app.idle();
    expect(lines.filter(({ level }) => level >= 40)).toEqual([]);
  });

  it("negotiates a subprotocol that both sides support", async () => {
    await using app = await startService(
      one((_request, { socket }) => socket.send(socket.protocol), { protocols: ["v2", "v1"] }),
    );
    await using socket = await app.http.websocket("/chat", { protocols: ["v1", "v2"] });
    expect([socket.protocol, await socket.next()]).toEqual(["v2", ""]);
  });
});

describe("a request for a web socket", () => {
  it("is refused by what the method or a middleware throws or returns, like any request", async () => {
    const guard: HttpMiddleware = (next, { context }) => {
      const { authorization } = context.headers;
      if (authorization === "none") return [402, "pay first"];
      if (authorization === undefined) throw new HttpError(401, "Who are you?");
      return next({ member: authorization });
    };
    const type = defineService({
      name: "one",
      httpMiddleware: [guard],
      handlers: {
        chat: on(websocket("/chat", { schema: { query: z.object({ room: z.string() }) } }), ({ query }, context) => {
          if (query.room === "full") throw new HttpError(409, "The room is full.");
          return (text) => context.socket.send(`${(context as unknown as { member: string }).member} ${text}`);
        }),
      },
    });
    await using app = await startService(type);
    const open = (options: object) => app.http.websocket("/chat", options);
    await expect(open({})).rejects.toMatchObject({ code: "ERR_TESTING_WEBSOCKET", status: 401 });
    await expect(open({ headers: { authorization: "none" } })).rejects.toMatchObject({
      status: 402,
      body: "pay first",
    });
    const headers = { authorization: "ada" };
    await expect(open({ headers })).rejects.toMatchObject({ status: 400, body: expect.stringContaining("query.room") });
    await expect(open({ headers, query: { room: "full" } })).rejects.toMatchObject({ status: 409 });
    await using socket = await open({ headers, query: { room: "a" } });
    socket.send("hi");
    expect(await socket.next()).toBe("ada hi");
  });

  it("without an upgrade gets 426, and a path without a web socket answers as before", async () => {
    const type = defineService({
      name: "one",
      handlers: { chat: on(websocket("/chat"), () => {}), page: on(http("GET", "/page"), () => "page") },
    });
    await using app = await startService(type);
    const answer = await app.http.get("/chat");
    expect([answer.status, answer.headers["upgrade"]]).toEqual([426, "websocket"]);
    await expect(app.http.websocket("/page")).rejects.toMatchObject({ status: 200, body: "page" });
    await expect(app.http.websocket("/nothing")).rejects.toMatchObject({ status: 404 });
  });

  it("must come from a page of the same host, unless other origins are named", async () => {
    const status = async (origin: string, options = {}): Promise<number> => {
      await using app = await startService(one(() => {}, options));
      try {
        await using _socket = await app.http.websocket("/chat", { headers: { origin } });
        return 101;
      } catch (error) {
        return (error as { status: number }).status;
      }
    };
    expect(await status("http://localhost")).toBe(101);
    expect(await status("https://evil.example")).toBe(403);
    expect(await status("null")).toBe(403);
    expect(await status("https://shop.example", { origins: ["https://shop.example"] })).toBe(101);
    expect(await status("http://localhost", { origins: ["https://shop.example"] })).toBe(403);
    expect(await status("null", { origins: "*" })).toBe(101);
  });

  it("is refused if a header of the answer cannot be sent, and the client gets none of it", async () => {
    const type = one(async (_request, { reply }) => {
      reply.header("x-own", "a\r\nb: c");
    });
    await using app = await startService(type);
    await expect(app.http.websocket("/chat")).rejects.toMatchObject({
      status: 500,
      body: expect.not.stringContaining("x-own"),
    });
  });
});

describe("an error on a web socket", () => {
  it("closes it with 1011 and is logged, and the client gets no details", async () => {
    const { logger, lines } = await capturingLogger();
    const closes: number[] = [];
    const type = one(() => ({
      message: () => {
        throw new RangeError("the password is 1234");
      },
      close: (code: number) => void closes.push(code),
    }));
    await using app = await startService(type, { logger });
    await using socket = await app.http.websocket("/chat");
    socket.send("a");
    expect(await socket.closed).toEqual({ code: 1011, reason: "" });
    await app.handled("chat", { outcome: "any" });
    expect(closes).toEqual([1011]);
    await until(() => lines.some(({ msg }) => msg === "GET /chat failed: the password is 1234"), { what: "the log" });
  });

  it("is sent to the client if an HttpError allows it, and is no fault", async () => {
    const { logger, lines } = await capturingLogger();
    const type = one(() => () => {
      throw new HttpError(403, "Not in this room.");
    });
    await using app = await startService(type, { logger });
    await using socket = await app.http.websocket("/chat");
    socket.send("a");
    expect(await socket.closed).toEqual({ code: 1008, reason: "Not in this room." });
    await app.idle();
    expect(lines.filter(({ level }) => level >= 40)).toEqual([]);
  });

  it("may be a send after the end: the process continues, and an awaited send rejects", async () => {
    const [kept, { logger, lines }] = [createDeferred<WebSocketContext>(), await capturingLogger()];
    await using app = await startService(
      one((_request, context) => kept.resolve(context)),
      { logger },
    );
    await using socket = await app.http.websocket("/chat");
    const { socket: server, signal } = await kept.promise;
    await socket.close();
    await until(() => signal.aborted, { what: "the abort" });
    void server.send("nobody");
    await expect(server.send("nobody")).rejects.toMatchObject({ code: "ERR_WEBSOCKET_CLOSED" });
    await expect(server.send((() => {}) as never)).rejects.toThrow(TypeError);
    await expect(server.close(99)).rejects.toThrow(RangeError);
    expect([server.isOpen, server.bufferedBytes]).toEqual([false, 0]);
    expect(lines.filter(({ level }) => level >= 40)).toEqual([]);
  });

  it("is no fault of a handler that was sending when the client disconnected", async () => {
    const { logger, lines } = await capturingLogger();
    const type = one(async (_request, { socket, signal }) => {
      while (!signal.aborted) await socket.send("tick");
      await socket.send("one more");
    });
    await using app = await startService(type, { logger });
    const socket = await app.http.websocket("/chat");
    expect(await socket.next()).toBe("tick");
    await socket[Symbol.asyncDispose]();
    await app.handled("chat");
    expect(lines.filter(({ level }) => level >= 40)).toEqual([]);
  });
});

describe("a client that answers no pings", () => {
  it("is disconnected, while a client that answers stays", async () => {
    const clock = createVirtualClock();
    const kept: WebSocketContext[] = [];
    await using app = await startService(
      one((_request, context) => void kept.push(context), { pingInterval: "10s" }),
      { clock },
    );
    await using socket = await app.http.websocket("/chat");
    for (let round = 0; round < 5; round++) {
      await clock.advance("10s");
      await until(() => kept[0]?.socket.isOpen === true, { what: "an open socket" });
      socket.send("alive");
      await app.idle();
    }
    expect(kept[0]?.socket.isOpen).toBe(true);
  });
});

describe("a stop", () => {
  it("waits for the current message, and then closes with 1001", async () => {
    const [called, gate] = [createDeferred(), createDeferred()];
    const type = one((_request, { socket }) => async () => {
      called.resolve();
      await gate.promise;
      await socket.send("done");
    });
    await using app = await startService(type);
    await using socket = await app.http.websocket("/chat");
    await using idle = await app.http.websocket("/chat");
    socket.send("work");
    await called.promise;
    const stopped = app.stop();
    expect(await idle.closed).toEqual({ code: 1001, reason: "The service is stopping." });
    gate.resolve();
    expect(await socket.next()).toBe("done");
    expect((await socket.closed).code).toBe(1001);
    expect(await stopped).toBe(0);
  });

  it("ends a connection whose handler never stops sending, and one whose handler does not end", async () => {
    const [sending, hanging] = [createDeferred(), createDeferred()];
    const type = defineService({
      name: "one",
      handlers: {
        ticks: on(websocket("/ticks"), async (_request, { socket, signal }) => {
          await socket.send("first");
          sending.resolve();
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
        }),
        hangs: on(websocket("/hangs"), () => () => {
          hanging.resolve();
          return new Promise(() => {});
        }),
      },
    });
    await using app = await startService(type);
    await using ticks = await app.http.websocket("/ticks");
    await using hangs = await app.http.websocket("/hangs");
    hangs.send("a");
    await Promise.all([sending.promise, hanging.promise]);
    expect(await app.stop()).toBe(0);
    expect((await ticks.closed).code).toBe(1001);
    expect((await hangs.closed).code).toBe(1001);
  });
});

describe("a paused handler", () => {
  it("accepts no connection, and sends its open clients elsewhere", async () => {
    await using app = await startService(one(() => () => {}));
    await using socket = await app.http.websocket("/chat");
    await app.service.drain("chat");
    expect((await socket.closed).code).toBe(1013);
    await expect(app.http.websocket("/chat")).rejects.toMatchObject({ status: 503 });
    app.service.resume("chat");
    await using again = await app.http.websocket("/chat");
    again.send("a");
    expect(app.service.health().transports.find(({ transport }) => transport === "http")?.routes).toMatchObject([
      { handler: "chat", route: "GET /chat (web socket)", running: 1 },
    ]);
  });
});

describe("the log", () => {
  it("has a line when a web socket opens, and one when it ends", async () => {
    const { logger, lines } = await capturingLogger();
    await using app = await startService(
      one(() => () => {}),
      { logger },
    );
    const socket = await app.http.websocket("/chat");
    socket.send("a");
    await app.idle();
    await socket.close(1000, "bye");
    await app.handled("chat");
    await until(() => lines.some(({ msg }) => msg === "web socket /chat closed 1000"), { what: "the line" });
    expect(lines.find(({ msg }) => msg === "GET /chat 101")).toMatchObject({ statusCode: 101 });
    expect(lines.find(({ msg }) => msg === "web socket /chat closed 1000")).toMatchObject({
      closeCode: 1000,
      closeReason: "bye",
      messagesReceived: 1,
      messagesSent: 0,
    });
  });
});

describe("a web socket of a test", () => {
  it("waits for a message as long as `startService` says, or as its own option says", async () => {
    await using app = await startService(
      one(() => () => {}),
      { timeout: "30ms" },
    );
    await using socket = await app.http.websocket("/chat");
    await expect(socket.next()).rejects.toThrow("No message arrived within 30 ms.");
    await using other = await app.http.websocket("/chat", { timeout: "20ms" });
    await expect(other.json()).rejects.toThrow("No message arrived within 20 ms.");
  });
});

describe("a start", () => {
  it("reports every problem of a web socket", async () => {
    const type = defineService({
      name: "one",
      options: defineOptions({ http: { port: 9700 } }),
      handlers: {
        a: on(websocket("no-slash"), () => {}),
        b: on(websocket("/b", { maxPayload: 5, pingInterval: 5000, origins: ["shop.example"] } as never), () => {}),
        c: on(websocket("/c"), () => {}),
        d: on(http("GET", "/c"), () => {}),
      },
    });
    const error = (await startService(type).catch((thrown: unknown) => thrown)) as Error;
    for (const part of ["no-slash", 'Did you mean "maxMessageSize"', "pingInterval", "origins", "one.c and one.d"]) {
      expect(error.message).toContain(part);
    }
  });
});
