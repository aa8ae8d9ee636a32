// The OpenAPI document that is made from routes and schemas, and the page that shows it, in a real browser.
import { type as ark } from "arktype";
import {
  defineOptions,
  defineService,
  HttpError,
  type HttpMiddleware,
  type HttpOpenApiOptions,
  http,
  httpStatic,
  httpTransport,
  on,
  type ServiceClass,
  transportOf,
  websocket,
} from "tomodachi";
import { startService } from "tomodachi/testing";
import * as v from "valibot";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { describeWithBrowser, TestBrowser } from "../support/browser.ts";

const Category = z.object({
  name: z.string().min(1),
  get children() {
    return z.array(Category);
  },
});

const Order = z.object({
  id: z.uuid(),
  state: z.enum(["new", "paid", "sent"]),
  total: z.number().min(0).describe("In **cents**, with tax."),
  items: z.array(z.object({ sku: z.string(), count: z.int().min(1).max(99).default(1) })).min(1),
});

function shop(openapi: boolean | HttpOpenApiOptions, more: object = {}): ServiceClass {
  return defineService({
    name: "shop",
    options: defineOptions({ http: { openapi, prefix: "/api" } }),
    handlers: {
      listOrders: on(
        http("GET", "/orders", {
          schema: {
            query: z.object({ state: z.string().optional(), limit: z.coerce.number().max(100).default(20) }),
            response: z.array(Order),
          },
          openapi: { summary: "Orders of this month", tags: ["orders"], description: "The newest first; see `limit`." },
        }),
        () => [],
      ),
      createOrder: on(
        http("POST", "/orders", {
          schema: { body: Order.omit({ id: true }), response: { 201: Order, 409: z.object({ reason: z.string() }) } },
          openapi: { summary: "A new order", tags: ["orders"] },
        }),
        () => [409, { reason: "no" }] as const,
      ),
      order: on(http("GET", "/orders/:id", { openapi: { tags: ["orders"] } }), ({ params }) => params),
      removeOrder: on(http("DELETE", "/orders/:id", { openapi: { tags: ["orders"], deprecated: true } }), () => {}),
      chat: on(
        websocket("/orders/:id/chat", { openapi: { summary: "Talk about an order", tags: ["orders"] } }),
        () => {},
      ),
      categories: on(http("PUT", "/categories", { schema: { body: Category } }), () => {}),
      old: on(http("GET", /\/old\/(?<name>\w+)/), ({ params }) => params),
      person: on(http("POST", "/people", { schema: { body: ark({ name: "string", "age?": "number" }) } }), () => {}),
      plain: on(http("POST", "/plain", { schema: { body: v.object({ a: v.string() }) } }), () => {}),
      hook: on(http("POST", "/hooks/*", { rawBody: true }), () => {}),
      files: on(httpStatic(new URL("../support", import.meta.url), "/files"), () => {}),
      hidden: on(http("GET", "/hidden", { openapi: { hidden: true } }), () => "x"),
    },
    ...more,
  });
}

describe("the OpenAPI document", () => {
  it("is built from routes and schemas, and shows where a schema has no description", async () => {
    await using app = await startService(shop({ title: "Shop", version: "2.1.0" }));
    const answer = await app.http.get("/api/openapi.json");
    expect(answer.headers["content-type"]).toBe("application/json; charset=utf-8");
    const { openapi, info, paths, components } = answer.json<{
      openapi: string;
      info: object;
      paths: Record<string, Record<string, Record<string, unknown>>>;
      components: { schemas: Record<string, unknown> };
    }>();
    expect([openapi, info]).toEqual(["3.1.0", { title: "Shop", version: "2.1.0" }]);
    expect(Object.keys(paths)).toEqual([
      "/api/orders",
      "/api/orders/{id}",
      "/api/orders/{id}/chat",
      "/api/categories",
      "/api/old/{name}",
      "/api/people",
      "/api/plain",
      "/api/hooks/{rest}",
      "/api/files/{rest}",
    ]);
    expect(paths["/api/orders"]?.["get"]?.["parameters"]).toEqual([
      { name: "state", in: "query", required: false, schema: { type: "string" } },
      { name: "limit", in: "query", required: false, schema: { type: "number", maximum: 100, default: 20 } },
    ]);
    expect(paths["/api/orders"]?.["post"]).toMatchObject({
      operationId: "createOrder",
      summary: "A new order",
      tags: ["orders"],
      requestBody: { content: { "application/json": { schema: { required: ["state", "total", "items"] } } } },
      responses: { 201: {}, 409: {}, default: {} },
    });
    expect(paths["/api/orders/{id}/chat"]?.["get"]?.["responses"]).toHaveProperty("101");
    expect(paths["/api/old/{name}"]?.["get"]?.["description"]).toContain("regular expression");
    const bodyOf = (path: string): unknown => {
      const body = paths[path]?.["post"]?.["requestBody"] as
        | { content: Record<string, { schema: unknown }> }
        | undefined;
      return body?.content["application/json"]?.schema;
    };
    expect(bodyOf("/api/people")).toMatchObject({ type: "object", required: ["name"] });
    expect(bodyOf("/api/plain")).toEqual({
      description: "The library valibot cannot convert it to JSON Schema.",
      "x-schema-unknown": "valibot",
    });
    expect(JSON.stringify(answer.json())).not.toContain('"#/$defs');
    const references = Array.from(answer.text.matchAll(/"#\/components\/schemas\/([^"]+)"/g), ([, name]) =>
      String(name),
    );
    for (const name of references) expect(components.schemas).toHaveProperty([name]);
    expect(references.some((name) => name.startsWith("categories."))).toBe(true);
  });

  it("is off by default, and is behind the middleware of the service", async () => {
    await using off = await startService(shop(false));
    expect((await off.http.get("/api/openapi.json")).status).toBe(404);
    expect((await off.http.get("/api/docs")).status).toBe(404);
    const guard: HttpMiddleware = (next, { context }) => {
      if (context.headers.authorization === undefined) throw new HttpError(401);
      return next();
    };
    await using guarded = await startService(shop({ page: false, path: "/spec.json" }, { httpMiddleware: [guard] }));
    expect((await guarded.http.get("/api/spec.json")).status).toBe(401);
    expect((await guarded.http.get("/api/spec.json", { headers: { authorization: "a" } })).status).toBe(200);
    expect((await guarded.http.get("/api/docs", { headers: { authorization: "a" } })).status).toBe(404);
  });

  it("refuses unknown options", async () => {
    const start = startService(shop({ url: "/docs" } as never));
    await expect(start).rejects.toThrow("options.http.openapi");
  });
});

describe("the page", () => {
  it("has no script and no external resources, and escapes markup", async () => {
    const type = defineService({
      name: "shop",
      options: {
        http: { openapi: { title: "<script>alert(1)</script>", description: "<img src=x onerror=alert(1)>" } },
      },
      handlers: {
        one: on(http("GET", "/a'\"<b>", { openapi: { summary: "</style><script>", tags: ["<i>"] } }), () => {}),
      },
    });
    await using app = await startService(type);
    const { text, headers } = await app.http.get("/docs");
    expect(headers["content-security-policy"]).toContain("default-src 'none'");
    expect(text).not.toMatch(/<script|<img|<i>|<b>'|https?:/);
  });
});

describeWithBrowser("the page in a browser", () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await TestBrowser.open();
  });
  afterAll(() => browser[Symbol.asyncDispose]());

  it.each([
    ["light", 1280],
    ["dark", 1280],
    ["light", 390],
  ] as const)("shows routes and schemas (%s, %i wide)", async (colorScheme, width) => {
    const openapi = { title: "Shop", version: "2.1.0", description: "Orders and **all** about them." };
    await using app = await startService(shop(openapi), { options: { http: { port: 0, host: "127.0.0.1" } } });
    const origin = transportOf(app.service, httpTransport).origin;
    await using tab = await browser.tab({ colorScheme, width });
    await tab.page.goto(`${origin}/api/docs`);
    expect(await tab.page.title()).toBe("Shop");
    expect(await tab.page.locator("details.operation").count()).toBe(11);
    await tab.page.locator("#createOrder > summary").click();
    await tab.page.locator("#listOrders > summary").click();
    const seen = await tab.page.locator("#createOrder").innerText();
    for (const words of [
      "application/json",
      '"new" | "paid" | "sent"',
      "at least 0",
      "In cents, with tax.",
      "list of object",
    ]) {
      expect(seen).toContain(words);
    }
    // Nothing is wider than the screen.
    expect(await tab.page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
    expect(tab.problems).toEqual([]);
    await tab.keep(`openapi-${colorScheme}-${width}`);
  });
});
