// Handlers of HTTP, the whole way from a request to its answer, by the testing kit: without a port.
import { Readable } from "node:stream";
import {
  defineOptions,
  defineService,
  type HttpContext,
  HttpError,
  type HttpMiddleware,
  type HttpRequest,
  http,
  httpError,
  on,
  Service,
  type ServiceClass,
} from "tomodachi";
import { createVirtualClock, startService } from "tomodachi/testing";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { capturingLogger } from "../support/capturing-logger.ts";

class Orders extends Service {
  name = "orders";

  @http("GET", "/orders/:id")
  async order({ params }: HttpRequest<{ params: { id: string } }>, { requestId, route }: HttpContext) {
    return { id: params.id, route, known: requestId.length > 10 };
  }

  @http(["POST", "PUT"], "/orders")
  async change({ body, method }: HttpRequest) {
    return [201, { method, body }, { location: "/orders/1" }];
  }

  @http("GET", /\/items\/(?<sku>[a-z]+)-(?<size>\d+)/)
  async item({ params }: HttpRequest) {
    return `${params["sku"]} ${params["size"]}`;
  }
}

function one(
  path: string,
  handle: (request: HttpRequest, context: HttpContext) => unknown,
  method: "GET" | "POST" = "GET",
): ServiceClass {
  return defineService({ name: "one", handlers: { handle: on(http(method, path), handle as never) } });
}

describe("a request", () => {
  it("calls the handler with its parameters, its body and its context", async () => {
    await using app = await startService(Orders);
    const found = await app.http.get("/orders/7?full=1");
    expect(found.status).toBe(200);
    expect(found.json()).toEqual({ id: "7", route: "/orders/:id", known: true });
    expect(found.headers["content-type"]).toBe("application/json; charset=utf-8");
    const made = await app.http.post("/orders", { body: { total: 5 } });
    expect([made.status, made.headers["location"], made.json()]).toEqual([
      201,
      "/orders/1",
      { method: "POST", body: { total: 5 } },
    ]);
    expect((await app.http.put("/orders", { body: { total: 6 } })).json()).toEqual({
      method: "PUT",
      body: { total: 6 },
    });
    expect((await app.handled("order")).data.params).toEqual({ id: "7" });
  });

  it("matches a regular expression with named groups, whose values are decoded after the match", async () => {
    await using app = await startService(Orders);
    expect((await app.http.get("/items/shirt-42?x=1")).text).toBe("shirt 42");
    expect((await app.http.get("/items/shirt")).status).toBe(404);
    await using encoded = await startService(
      defineService({
        name: "one",
        handlers: { handle: on(http("GET", /\/files\/(?<name>[^/]+)/), ({ params }) => String(params["name"])) },
      }),
    );
    expect((await encoded.http.get("/files/a%2Fb")).text).toBe("a/b");
  });

  it("uses the first of two matching regular expressions, in the order of the class", async () => {
    await using app = await startService(
      defineService({
        name: "one",
        handlers: {
          first: on(http("GET", /\/a(?<rest>.*)/), ({ params }) => `first${params["rest"]}`),
          second: on(http("GET", /\/ab/), () => "second"),
        },
      }),
    );
    expect((await app.http.get("/ab")).text).toBe("firstb");
  });
});

describe("what a handler returns", () => {
  it.each<[string, () => unknown, number, string, string | undefined]>([
    ["a string", () => "text", 200, "text", "text/plain; charset=utf-8"],
    ["an object", () => ({ a: 1 }), 200, '{"a":1}', "application/json; charset=utf-8"],
    ["a list", () => [1, 2], 200, "[1,2]", "application/json; charset=utf-8"],
    ["a number", () => 5, 200, "5", "application/json; charset=utf-8"],
    ["false", () => false, 200, "false", "application/json; charset=utf-8"],
    ["bytes", () => Buffer.from("raw"), 200, "raw", "application/octet-stream"],
    ["a stream of Node", () => Readable.from(["a", "b"]), 200, "ab", undefined],
    ["a stream of the web", () => new Blob(["web"]).stream(), 200, "web", undefined],
    [
      "an async generator",
      () =>
        (async function* () {
          yield "a";
          yield "b";
        })(),
      200,
      "ab",
      undefined,
    ],
    ["nothing", () => undefined, 204, "", undefined],
    ["null", () => null, 204, "", undefined],
    [
      "an answer",
      () => ({ status: 202, body: "later", headers: { "content-type": "text/x-own" } }),
      202,
      "later",
      "text/x-own",
    ],
    ["a web Response", () => Response.json({ ok: true }, { status: 203 }), 203, '{"ok":true}', "application/json"],
  ])("%s is sent", async (_name, give, status, body, type) => {
    await using app = await startService(one("/", give));
    const answer = await app.http.get("/");
    expect([answer.status, answer.text, answer.headers["content-type"]]).toEqual([status, body, type]);
  });

  it("may be sent by the reply of Fastify", async () => {
    await using app = await startService(
      one("/", (_request, { reply }) => reply.code(418).header("x-own", "1").send("tea")),
    );
    const answer = await app.http.get("/");
    expect([answer.status, answer.headers["x-own"], answer.text]).toEqual([418, "1", "tea"]);
  });

  it("is refused when it is not a valid answer or has invalid headers, and the client gets none of it", async () => {
    for (const give of [() => () => {}, () => Symbol("a"), () => [200, "a", { "x-a": "a\r\nset-cookie: b" }]]) {
      const { logger, lines } = await capturingLogger();
      await using app = await startService(one("/", give), { logger });
      const answer = await app.http.get("/");
      expect(answer.status).toBe(500);
      expect(answer.headers["set-cookie"]).toBeUndefined();
      expect(Object.keys(answer.json<object>())).toEqual(["title", "status", "requestId"]);
      expect(lines.some(({ level }) => level >= 50)).toBe(true);
    }
  });
});

describe("a request that fails", () => {
  it("gets 404 if nothing matches, and 405 with the methods if only another method matches", async () => {
    await using app = await startService(Orders);
    const missing = await app.http.get("/nothing");
    expect([missing.status, missing.headers["content-type"]]).toEqual([404, "application/problem+json; charset=utf-8"]);
    expect(missing.json()).toEqual({ title: "Not Found", status: 404, detail: "There is nothing at /nothing." });
    const wrong = await app.http.delete("/orders");
    expect([wrong.status, wrong.headers["allow"]]).toEqual([405, "OPTIONS, POST, PUT"]);
    expect((await app.http.post("/items/shirt-42")).headers["allow"]).toBe("GET, HEAD, OPTIONS");
  });

  it("HEAD is GET without a body, and OPTIONS names the methods", async () => {
    await using app = await startService(Orders);
    const [got, head] = [await app.http.get("/orders/7"), await app.http.head("/orders/7")];
    expect([head.status, head.text, head.headers["content-length"]]).toEqual([200, "", got.headers["content-length"]]);
    expect((await app.http.head("/items/shirt-42")).status).toBe(200);
    const options = await app.http.request("OPTIONS", "/orders");
    expect([options.status, options.headers["allow"]]).toEqual([204, "OPTIONS, POST, PUT"]);
  });

  it("gets 400, 413 or 415 for a body that cannot be read", async () => {
    await using app = await startService(
      one("/", ({ body }) => body, "POST"),
      {
        options: defineOptions({ http: { bodyLimit: "1KB" } }),
      },
    );
    const json = { "content-type": "application/json" };
    const broken = await app.http.post("/", { headers: json, body: "{" });
    expect([broken.status, broken.json()]).toMatchObject([400, { detail: "The body is not JSON." }]);
    expect((await app.http.post("/", { headers: json, body: JSON.stringify("a".repeat(2000)) })).status).toBe(413);
    expect((await app.http.post("/", { headers: { "content-type": "image/png" }, body: "a" })).status).toBe(415);
    expect((await app.http.post("/", { headers: json, body: '{"__proto__":{"a":1}}' })).status).toBe(400);
  });

  it("gets the HttpError that was thrown", async () => {
    await using app = await startService(
      one("/", () => {
        throw new HttpError(409, "It was changed.", { headers: { "retry-after": "1" }, members: { version: 7 } });
      }),
    );
    const answer = await app.http.get("/");
    expect([answer.status, answer.headers["retry-after"], answer.json()]).toEqual([
      409,
      "1",
      { title: "Conflict", status: 409, detail: "It was changed.", version: 7 },
    ]);
  });

  it("gets 500 without internals for any other error, which is logged with the id of the answer", async () => {
    const { logger, lines } = await capturingLogger();
    const failing = one("/", () => {
      throw Object.assign(new Error("the password is 1234"), { statusCode: 404 });
    });
    await using app = await startService(failing, { logger });
    const answer = await app.http.get("/");
    const { requestId, ...rest } = answer.json<{ requestId: string }>();
    expect([answer.status, rest]).toEqual([500, { title: "Internal Server Error", status: 500 }]);
    const logged = lines.find(({ level }) => level >= 50);
    expect(logged).toMatchObject({ requestId, msg: "GET / failed: the password is 1234" });
  });

  it("uses the error handler of its status", async () => {
    const seen: unknown[] = [];
    await using app = await startService(
      defineService({
        name: "one",
        handlers: {
          handle: on(http("GET", "/"), () => {
            throw new TypeError("a fault");
          }),
          missing: on(httpError(404), ({ url }) => `nothing at ${url}`),
          fault: on(httpError(500), (_request, { error }) => {
            seen.push(error);
            return [503, "try again"];
          }),
          method: on(httpError(405), () => {
            throw new Error("this one fails itself");
          }),
        },
      }),
    );
    const missing = await app.http.get("/x");
    expect([missing.status, missing.text]).toEqual([404, "nothing at /x"]);
    const fault = await app.http.get("/");
    expect([fault.status, fault.text, (seen[0] as Error).message]).toEqual([503, "try again", "a fault"]);
    const method = await app.http.post("/");
    expect([method.status, method.headers["allow"]]).toEqual([405, "GET, HEAD, OPTIONS"]);
  });

  it("gets 503 after its time limit, and the signal of the handler aborts", async () => {
    const clock = createVirtualClock();
    let aborted: unknown;
    const type = defineService({
      name: "one",
      handlers: {
        handle: on(http("GET", "/", { timeoutSeconds: 5 }), (_request, { signal }) => {
          return new Promise(() => signal.addEventListener("abort", () => (aborted = signal.reason)));
        }),
      },
    });
    await using app = await startService(type, { clock });
    const answer = app.http.get("/");
    await clock.advance("5s");
    expect((await answer).status).toBe(503);
    expect(aborted).toMatchObject({ code: "ERR_HANDLER_TIMEOUT" });
  });
});

describe("middleware", () => {
  it("wraps the handler, adds values, and may answer itself or change the answer", async () => {
    const order: string[] = [];
    const around: HttpMiddleware = async (next, { context, message }) => {
      order.push(`before ${message.method} ${context.route}`);
      const value = await next({ member: "ada" });
      order.push("after");
      return { status: 200, body: value, headers: { "x-around": "1" } };
    };
    const guard: HttpMiddleware = (next, { context }) => {
      if (context.headers.authorization === undefined) throw new HttpError(401);
      return next();
    };
    const type = defineService({
      name: "one",
      httpMiddleware: [guard, around],
      handlers: {
        handle: on(http("POST", "/", { schema: { body: z.object({ a: z.number() }) } }), ({ body }, context) => {
          return `${(context as unknown as { member: string }).member} ${body.a}`;
        }),
      },
    });
    await using app = await startService(type);
    expect((await app.http.post("/", { body: {} })).status).toBe(401);
    const answer = await app.http.post("/", { headers: { authorization: "yes" }, body: { a: 1 } });
    expect([answer.text, answer.headers["x-around"]]).toEqual(["ada 1", "1"]);
    expect(order).toEqual(["before POST /", "after"]);
    expect((await app.http.post("/", { headers: { authorization: "yes" }, body: {} })).status).toBe(400);
  });

  it("may be a field of a class, and message middleware does not wrap requests", async () => {
    class Wrapped extends Orders {
      override httpMiddleware: readonly HttpMiddleware[] = [() => "from middleware"];
      override messageMiddleware = [
        () => {
          throw new Error("only for messages");
        },
      ];
    }
    await using app = await startService(Wrapped);
    expect((await app.http.get("/orders/1")).text).toBe("from middleware");
  });
});

describe("schemas", () => {
  const type = defineService({
    name: "one",
    handlers: {
      change: on(
        http("POST", "/orders/:id", {
          schema: {
            params: z.object({ id: z.coerce.number().int() }),
            query: z.object({ dry: z.stringbool().default(false) }),
            body: z.object({ items: z.array(z.object({ price: z.number() })) }),
            response: z.object({ id: z.number(), dry: z.boolean(), total: z.number() }),
          },
        }),
        ({ params, query, body }) => {
          const total = body.items.reduce((sum, { price }) => sum + price, 0);
          return { id: params.id, dry: query.dry, total, secret: "kept" };
        },
      ),
      wrong: on(
        http("GET", "/wrong", { schema: { response: z.object({ a: z.string() }) } }),
        () => ({ a: 1 }) as never,
      ),
    },
  });

  it("give their output of the request to the handler, and of the answer to the client", async () => {
    await using app = await startService(type);
    const answer = await app.http.post("/orders/7?dry=yes", { body: { items: [{ price: 2 }, { price: 3 }] } });
    expect(answer.json()).toEqual({ id: 7, dry: true, total: 5 });
  });

  it("refuse a request with all issues of all its parts", async () => {
    await using app = await startService(type);
    const answer = await app.http.post("/orders/x?dry=maybe", { body: { items: [{ price: "2" }] } });
    expect(answer.status).toBe(400);
    const { issues, detail } = answer.json<{ issues: { path: string; message: string }[]; detail: string }>();
    expect(detail).toBe("The request does not fit its schema.");
    expect(issues.map(({ path }) => path)).toEqual(["params.id", "query.dry", "body.items.0.price"]);
  });

  it("refuse an answer, which is a fault of the service, not of the client", async () => {
    const { logger, lines } = await capturingLogger();
    await using app = await startService(type, { logger });
    const answer = await app.http.get("/wrong");
    expect([answer.status, Object.keys(answer.json<object>())]).toEqual([500, ["title", "status", "requestId"]]);
    expect(JSON.stringify(lines)).toContain("The response 200 of");
  });
});

describe("the access log", () => {
  it("has a line for each answer, with Python's fields", async () => {
    const { logger, lines } = await capturingLogger();
    await using app = await startService(Orders, { logger });
    const authorization = `Basic ${Buffer.from("ada:secret").toString("base64")}`;
    await app.http.get("/orders/7?full=1", { headers: { authorization, "user-agent": "test" } });
    const line = lines.find(({ msg }) => msg === "GET /orders/7 200");
    expect(line).toMatchObject({
      statusCode: 200,
      remoteIp: "127.0.0.1",
      authUser: "ada",
      requestMethod: "GET",
      requestPath: "/orders/7",
      requestQueryString: "full=1",
      httpVersion: "HTTP/1.1",
      responseContentLength: expect.any(Number),
      userAgent: "test",
      requestId: expect.any(String),
      handlerElapsedTimeMs: expect.any(Number),
      requestTimeMs: expect.any(Number),
    });
    expect(JSON.stringify(lines)).not.toContain("secret");
    await app.http.get("/nothing");
    expect(lines.some(({ msg }) => msg === "GET /nothing 404")).toBe(true);
  });

  it("omits the answers that a handler excludes, and everything when it is off", async () => {
    const type = defineService({
      name: "one",
      handlers: {
        quiet: on(http("GET", "/quiet", { ignoreLogging: true }), () => "ok"),
        some: on(http("GET", "/some/:status", { ignoreLogging: [200] }), ({ params }) => [Number(params.status), "ok"]),
      },
    });
    const { logger, lines } = await capturingLogger();
    await using app = await startService(type, { logger });
    for (const path of ["/quiet", "/some/200", "/some/201"]) await app.http.get(path);
    expect(lines.flatMap(({ msg }) => (String(msg).startsWith("GET") ? [msg] : []))).toEqual(["GET /some/201 201"]);
    const off = await capturingLogger();
    await using silent = await startService(type, { logger: off.logger, options: { http: { accessLog: false } } });
    await silent.http.get("/some/201");
    expect(off.lines.filter(({ msg }) => String(msg).startsWith("GET"))).toEqual([]);
  });
});

describe("a start", () => {
  it("reports every problem of handlers and options in one error", async () => {
    const type = defineService({
      name: "one",
      options: { http: { port: -1 } },
      handlers: {
        a: on(http("GET", "no-slash"), () => {}),
        b: on(http("GET", "/same/:a"), () => {}),
        c: on(http("GET", "/same/:b"), () => {}),
        d: on(httpError(200), () => {}),
      },
    });
    const error = (await startService(type).catch((thrown: unknown) => thrown)) as Error;
    for (const part of ["options.http.port", "no-slash", "belongs to two handlers, one.b and one.c", "400 to 599"]) {
      expect(error.message).toContain(part);
    }
  });

  it("registers plugins of Fastify before the handlers, with their options", async () => {
    const type = defineService({
      name: "one",
      options: {
        http: {
          plugins: [
            [
              Object.assign(
                async (
                  scope: { decorateRequest(name: string, value: unknown): unknown },
                  { word }: { word: string },
                ) => {
                  scope.decorateRequest("word", word);
                },
                { [Symbol.for("skip-override")]: true },
              ) as never,
              { word: "hello" },
            ],
          ],
        },
      },
      handlers: { handle: on(http("GET", "/"), (request) => (request as unknown as { word: string }).word) },
    });
    await using app = await startService(type);
    expect((await app.http.get("/")).text).toBe("hello");
  });

  it("reports the error of a plugin", async () => {
    const plugin = async (): Promise<void> => {
      throw new Error("no database");
    };
    const type = defineService({
      name: "one",
      options: { http: { plugins: [plugin] } },
      handlers: { handle: on(http("GET", "/"), () => "ok") },
    });
    await expect(startService(type)).rejects.toMatchObject({
      code: "ERR_HTTP_START",
      message: expect.stringContaining("no database"),
    });
  });

  it("gives a handler the bytes of a body on request", async () => {
    const type = defineService({
      name: "one",
      handlers: {
        raw: on(http("POST", "/raw", { rawBody: true }), ({ body }) => body.toString("hex")),
        parsed: on(http("POST", "/parsed"), ({ body }) => body),
      },
    });
    await using app = await startService(type);
    const sent = { headers: { "content-type": "application/json" }, body: '{"a": 1}' };
    expect((await app.http.post("/raw", sent)).text).toBe(Buffer.from('{"a": 1}').toString("hex"));
    expect((await app.http.post("/parsed", sent)).json()).toEqual({ a: 1 });
  });
});
