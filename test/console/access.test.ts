// Who may use the console: no client without the token, no page of another site, and no client by another name of this machine.
import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { amqp, defineService, on } from "../../src/index.ts";
import { describeWithBroker } from "../support/broker.ts";
import { createScope } from "../support/running.ts";
import {
  ask,
  type ConsoleUnderTest,
  request,
  runWithConsole,
  StreamReader,
  statusFor as statusOf,
  token,
} from "./console-support.ts";

describeWithBroker("the console", () => {
  let open: ConsoleUnderTest;

  beforeAll(async () => {
    const scope = createScope();
    const handlers = { onOrder: on(amqp("order.paid", { queueName: "orders" }), async () => {}) };
    open = await runWithConsole(defineService({ name: "orders", options: scope.options(), handlers }));
  });
  afterAll(async () => open[Symbol.asyncDispose]());

  const statusFor = (headers: Readonly<Record<string, string>>, path?: string): Promise<number | undefined> =>
    statusOf(open.origin, headers, path === undefined ? {} : { path });

  const bearer = { authorization: `Bearer ${token}` };

  it("prints an address with a token that is not sent in any request", () => {
    expect(open.address).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:\\d+/#${token}$`));
  });

  it.each(["/api/stream", "/api/message?number=1", "/api/dead-letters?queue=x", "/nothing"])(
    "refuses %s without the token, and with a wrong one",
    async (path) => {
      expect(await statusFor({}, path)).toBe(401);
      expect(await statusFor({ authorization: `Bearer ${token.slice(0, -1)}` }, path)).toBe(401);
    },
  );

  it("refuses changes without the token", async () => {
    for (const path of ["/api/publish", "/api/replay", "/api/remove", "/api/pause"]) {
      const response = await request(open.origin, path, {}, { authorization: "Bearer wrong" });
      expect(response.status).toBe(401);
    }
  });

  it.each(["evil.example", "127.0.0.1.evil.example:80", "0.0.0.0"])(
    "refuses the host %s, to which a name of another site may lead (DNS rebinding)",
    async (host) => {
      expect(await statusFor({ ...bearer, host })).toBe(421);
      expect(await statusFor({ host }, "/")).toBe(421);
    },
  );

  it.each([{ origin: "http://evil.example" }, { origin: "null" }, { "sec-fetch-site": "cross-site" }])(
    "refuses a page of another site, also with the token: %j",
    async (headers) => expect(await statusFor({ ...bearer, ...headers } as Record<string, string>)).toBe(403),
  );

  it("accepts a host of this machine and its own page", async () => {
    const { host } = new URL(open.origin);
    expect(await statusFor({ ...bearer, host: host.replace("127.0.0.1", "localhost") })).toBe(200);
    expect(await statusFor({ ...bearer, origin: open.origin, "sec-fetch-site": "same-origin" })).toBe(200);
  });

  it("serves the page with a policy that only runs its own script", async () => {
    const response = await fetch(open.origin);
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toMatch(/script-src 'sha256-[^']+';/);
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(response.headers.get("x-frame-options")).toBe("DENY");
    expect(await response.text()).not.toContain(token);
  });

  it.each([
    ["not JSON", "{", 400],
    ["a list", "[]", 400],
    ["a member of another type", { handler: 5 }, 400],
    ["nothing of a handler", { handler: "orders.nothing" }, 422],
  ])("refuses a body that is %s", async (_what, body, status) => {
    expect((await request(open.origin, "/api/pause", body)).status).toBe(status);
  });

  it("refuses a form of another page, which cannot send JSON, and an endless body", async () => {
    const form = await request(open.origin, "/api/pause", "handler=x", { "content-type": "text/plain" });
    expect(form.status).toBe(415);
    const long = await request(open.origin, "/api/pause", JSON.stringify({ handler: "x".repeat(3_000_000) }));
    expect(long.status).toBe(413);
  });

  it("continues after a client that disconnects at any point", async () => {
    await using stream = await StreamReader.open(open.origin);
    await stream.until("plan", () => true);
    const { port } = new URL(open.origin);
    const asked = httpRequest({ host: "127.0.0.1", port, path: "/api/replay", method: "POST", headers: bearer });
    asked.on("error", () => {});
    asked.write("{");
    asked.destroy();
    await expect(ask(open.origin, "/api/pause", { handler: "orders.onOrder" })).resolves.toEqual({});
    await expect(ask(open.origin, "/api/resume", { handler: "orders.onOrder" })).resolves.toEqual({});
  });
});

describe("the token of a console", () => {
  it("comes from the environment if it is long enough", async () => {
    const { consoleToken } = await import("../../src/cli/run/console-token.ts");
    expect(consoleToken({ TOMODACHI_CONSOLE_TOKEN: "0123456789abcdef" })).toBe("0123456789abcdef");
    expect(consoleToken({})).toMatch(/^[\w-]{24}$/);
    expect(consoleToken({})).not.toBe(consoleToken({}));
    expect(() => consoleToken({ TOMODACHI_CONSOLE_TOKEN: "short" })).toThrow(/at least 16 characters/);
    expect(() => consoleToken({ TOMODACHI_CONSOLE_TOKEN: "0123456789abcdef#x" })).toThrow(/letters, digits/);
  });
});
