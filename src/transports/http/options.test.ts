import { describe, expect, it } from "vitest";
import { resolveHttp, rightHttpOptions } from "./resolve-options.ts";
import { resolveRoute } from "./route-options.ts";
import { parseSize } from "./size.ts";

const defaults = resolveHttp("orders", undefined, {});

function problemsOf(options: unknown, environment = {}): string {
  try {
    resolveHttp("orders", options, environment);
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

describe("options.http", () => {
  it("has Python's port and address, and Fastify's limits", () => {
    expect(defaults.server).toMatchObject({ port: 9700, host: "0.0.0.0", trustProxy: false, http2: false });
    expect(defaults).toMatchObject({ bodyLimit: 1_048_576, accessLog: true, contentType: "text/plain; charset=utf-8" });
    expect(defaults.server.limits).toMatchObject({
      keepAliveTimeout: 72_000,
      requestTimeout: 300_000,
      headersTimeout: 60_000,
    });
  });

  it("takes port and host from the environment first", () => {
    const environment = { TOMODACHI_HTTP_PORT: "8080", TOMODACHI_HTTP_HOST: "127.0.0.1" };
    expect(resolveHttp("orders", { port: 1, host: "localhost" }, environment).server).toMatchObject({
      port: 8080,
      host: "127.0.0.1",
    });
    expect(problemsOf({}, { TOMODACHI_HTTP_PORT: "http" })).toContain('but "http" was given');
    expect(problemsOf({}, { TOMODACHI_HTTP_PROT: "1" })).toContain("did you mean TOMODACHI_HTTP_PORT?");
  });

  it("reports every wrong option in one error", () => {
    const text = problemsOf({ port: 70_000, bodyLimit: "10 parsecs", keepAliveTimeout: 5000, plugins: ["cors"] });
    for (const part of [
      "options.http.port",
      "options.http.bodyLimit",
      'Write "5000s" for seconds',
      "a list of Fastify plugins",
    ]) {
      expect(text).toContain(part);
    }
  });

  it.each([
    ["realIpFrom", "trustProxy"],
    ["clientMaxSize", "bodyLimit"],
    ["keepaliveTimeout", "keepAliveTimeout"],
    ["maxKeepaliveRequests", "maxRequestsPerSocket"],
    ["https", "tls"],
    ["prot", "port"],
  ])("says for %s that %s is meant", (name, meant) => {
    expect(problemsOf({ [name]: 1 })).toContain(`Did you mean "${meant}"?`);
  });

  it("refuses an unreadable certificate before a port is opened, without showing the key", () => {
    const text = problemsOf({ tls: { key: "my secret key", cert: "none" } });
    expect(text).toContain("options.http.tls cannot be used");
    expect(text).not.toContain("my secret key");
    expect(problemsOf({ tls: {} })).toContain("key and cert, or pfx, are missing");
    expect(problemsOf({ tls: {}, prot: 1 })).toMatch(/Did you mean "port"[\s\S]*options\.http\.tls cannot be used/);
  });

  it("does not change the server of the user's own application", () => {
    const app = { register() {} };
    expect(problemsOf({ app, prefix: "/api" })).toBe("");
    expect(problemsOf({ app, port: 1 })).toContain("options.http.port cannot be used with options.http.app");
  });

  it("keeps valid options, so that handlers can be checked", () => {
    expect(rightHttpOptions({ port: -1, prefix: "/api" })).toEqual({ prefix: "/api" });
  });
});

describe("a size", () => {
  it.each([
    [1, 1],
    ["512B", 512],
    ["1KB", 1024],
    ["1.5MB", 1_572_864],
    ["1GB", 1_073_741_824],
    [0, undefined],
    [-1, undefined],
    [1.5, undefined],
    ["10", undefined],
    ["MB", undefined],
    [null, undefined],
  ])("%j is %s bytes", (value, bytes) => {
    expect(parseSize(value)).toBe(bytes);
  });
});

describe("the options of @http", () => {
  function resolve(methods: unknown, path: unknown, options?: unknown) {
    return resolveRoute(
      { kind: "route", methods, path, options },
      { ...defaults, prefix: "/api" },
      "@http orders.onOrder",
    );
  }

  it("accepts methods in any case, each once", () => {
    expect(resolve(["get", "GET", "post"], "/orders").methods).toEqual(["GET", "POST"]);
  });

  it("adds the prefix of the service to strings and to regular expressions", () => {
    expect(resolve("GET", "/orders").path).toBe("/api/orders");
    expect(resolve("GET", "/").path).toBe("/api");
    expect(resolve("GET", /^\/orders/).pattern.regexp.test("/api/orders")).toBe(true);
  });

  it("refuses invalid options by name", () => {
    expect(() => resolve("FETCH", "/orders")).toThrow("the method must be one of GET");
    expect(() => resolve([], "/orders")).toThrow("an empty list was given");
    expect(() => resolve("GET", "/orders", { schema: { body: {} } })).toThrow("options.schema.body must be a schema");
    expect(() => resolve("GET", "/orders", { schema: { querystring: {} } })).toThrow('Did you mean "query"?');
    expect(() => resolve("GET", "/orders", { bodylimit: 1 })).toThrow('Did you mean "bodyLimit"?');
  });
});
