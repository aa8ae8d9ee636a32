/** The examples of HTTP and schedules in Python's documentation: each has one of ours beside it, which compiles and answers as Python's does. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { ServiceClass } from "tomodachi";
import { createVirtualClock, type ServiceUnderTest, startService } from "tomodachi/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { ExampleHttpAuthService } from "../examples/from-python/auth-service.ts";
import { ExampleHttpBasicAuthService } from "../examples/from-python/basic-auth-service.ts";
import { ExampleService } from "../examples/from-python/docker-service.ts";
import { ExampleHttpMiddlewareService } from "../examples/from-python/middleware-service.ts";
import { HttpExample, LoggingService, OptionsService, SheepCounter } from "../examples/from-python/readme-services.ts";
import { SchedulerService } from "../examples/from-python/scheduler-service.ts";
import { ServiceSendMessage } from "../examples/from-python/sending-service.ts";
import { ExampleHttpService } from "../examples/from-python/simple-service.ts";
import { ExampleWebsocketService } from "../examples/from-python/websocket-service.ts";
import { capturingLogger } from "./support/capturing-logger.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const guide = readFileSync(join(root, "docs/guides/python.md"), "utf8");

async function start<S extends ServiceUnderTest>(type: S) {
  const { logger, lines } = await capturingLogger();
  const app = await startService(type, { logger });
  return { app, http: app.http, said: () => lines.map(({ msg }) => msg) };
}

describe("Python's example", () => {
  it("http_simple_service", async () => {
    const { app, http, said } = await start(ExampleHttpService);
    await using _app = app;
    const [slow, withId, response, missing] = await Promise.all(
      ["/example/", "/example/17/", "/response", "/nothing"].map((path) => http.get(path)),
    );
    expect([slow?.text, slow?.headers["content-type"]]).toEqual(["友達", "text/plain; charset=utf-8"]);
    expect(withId?.text).toBe("友達 (id: 17)");
    expect([response?.text, response?.headers["content-type"]]).toEqual(['{"data": true}', "application/json"]);
    expect([missing?.status, missing?.text]).toEqual([404, "error 404"]);
    expect((await http.post("/post", { body: "anything ü", headers: { "content-type": "a/b" } })).text).toBe(
      "anything ü",
    );
    expect((await http.get("/static/file.txt")).text).toBe("a static file\n");
    const socket = await http.websocket("/websocket/");
    socket.send("hello");
    expect(await socket.next()).toBe("response");
    await socket.close();
    await app.handled("websocketConnection");
    expect(said()).toEqual(
      expect.arrayContaining(["websocket client connected", "websocket data received: hello", "websocket closed"]),
    );
  });

  it("http_middleware_service", async () => {
    const { app, http, said } = await start(ExampleHttpMiddlewareService);
    await using _app = app;
    expect((await http.get("/example/a")).text).toBe("友達 (id: a)");
    expect(said().filter((line) => line.startsWith("middleware"))).toEqual(["middleware before", "middleware after"]);
  });

  it("http_basic_auth_middleware", async () => {
    const { app, http } = await start(ExampleHttpBasicAuthService);
    await using _app = app;
    const withUser = (user: string) => {
      const authorization = `Basic ${Buffer.from(user).toString("base64")}`;
      return http.get("/", { headers: { authorization } });
    };
    const good = await withUser("example:example");
    expect([good.status, good.json()]).toEqual([200, { status: "authenticated", username: "example" }]);
    const bad = await withUser("example:other");
    expect([bad.status, bad.json()]).toEqual([401, { status: "auth required", error: "bad credentials" }]);
    const none = await http.get("/");
    expect([none.status, none.json()]).toEqual([401, { status: "auth required" }]);
  });

  it("http_auth_service, and the decorator of the README", async () => {
    const { app, http } = await start(ExampleHttpAuthService);
    await using _app = app;
    const token = (await http.get("/get-token")).text;
    const validate = (body: string) => http.post("/validate", { body, headers: { "content-type": "text/plain" } });
    expect((await validate(token)).text).toBe("Valid auth token!");
    const wrong = await validate("wrong");
    expect([wrong.status, wrong.text]).toEqual([403, "Invalid token"]);
    const create = (cookie: string) => http.post("/create", { headers: { "x-csrf-token": "t", cookie } });
    expect((await create("a=b; csrftoken=t")).text).toBe("OK");
    expect((await create("csrftoken=other")).status).toBe(403);
  });

  it("websocket_service", async () => {
    const { app, http } = await start(ExampleWebsocketService);
    await using _app = app;
    for (const path of ["/", "/index.html", "/public/index.html"]) {
      const page = await http.get(path);
      expect(page.headers["content-type"]).toContain("text/html");
      expect(page.text).toContain("<title>A web socket</title>");
    }
    await using socket = await http.websocket("/websocket");
    socket.send("hello");
    expect(await socket.next()).toMatch(/^response [\da-f-]{36}$/);
  });

  it("docker_example/http_service", async () => {
    const { app, http, said } = await start(ExampleService);
    await using _app = app;
    const index = await http.get("/");
    expect([index.headers["content-type"], index.headers["server"]]).toEqual([
      "application/json; charset=utf-8",
      "tomodachi",
    ]);
    expect(index.json()).toMatchObject({ data: "hello world!", service: { name: "example" } });
    expect((await http.get("/health")).json()).toEqual({ status: "healthy" });
    expect(said()).not.toContain("GET /health 200");
    const errors = [await http.get("/%zz"), await http.get("/no-route"), await http.post("/health")];
    expect(errors.map((error) => [error.status, error.json()])).toEqual([
      [400, { error: "bad-request" }],
      [404, { error: "not-found" }],
      [405, { error: "method-not-allowed" }],
    ]);
  });

  it("sleepy-sheep-counter", async () => {
    const { app, http } = await start(SheepCounter);
    await using _app = app;
    await Promise.all([http.post("/sheep"), http.post("/sheep")]);
    expect((await http.get("/sheep")).text).toBe("2");
  });

  it("http-example", async () => {
    const { app, http } = await start(HttpExample);
    await using _app = app;
    expect((await http.get("/resource/7/")).text).toBe("id = 7");
    const health = await http.get("/health");
    expect([health.status, health.text]).toEqual([200, "Healthy"]);
    expect((await http.get("/nothing")).text).toBe("error 404");
  });

  it("of logging", async () => {
    const { app, http, said } = await start(LoggingService);
    await using _app = app;
    expect((await http.get("/example")).text).toBe("hello world");
    expect(said()).toEqual(expect.arrayContaining(["http request", "adding extra"]));
  });

  it("of options", async () => {
    const { app, http } = await start(OptionsService);
    await using _app = app;
    expect((await http.get("/health")).json()).toEqual({ status: "healthy" });
    expect((await http.get("/nothing")).json()).toEqual({ error: "not-found" });
  });

  it("scheduler_example", async () => {
    /** The output in the time after a moment, and how often. */
    const saidAfter = async (now: Date, time: "20s" | "3m"): Promise<(what: string) => number> => {
      const { logger, lines } = await capturingLogger();
      const clock = createVirtualClock({ now: now.getTime() });
      await using _app = await startService(SchedulerService, { logger, clock });
      await clock.advance(time);
      return (what) => lines.filter(({ msg }) => msg === what).length;
    };
    // The last Tuesday of January 2026.
    const atHalfPastFive = await saidAfter(new Date(2026, 0, 27, 5, 29, 50), "20s");
    expect(atHalfPastFive("Heartbeat")).toBe(20);
    expect(atHalfPastFive("Heartbeat (every minute)")).toBe(1);
    expect(atHalfPastFive("Heartbeat (every 2nd minute)")).toBe(1);
    expect(atHalfPastFive("Heartbeat (the last Tuesday of January and March at 05:30 AM)")).toBe(1);
    expect(atHalfPastFive("Every 20 seconds")).toBe(1);
    expect(atHalfPastFive("Every 20 seconds and immediately")).toBe(2);
    const atEight = await saidAfter(new Date(2026, 0, 27, 7, 59, 50), "3m");
    expect(atEight("Heartbeat (every hour)")).toBe(1);
    expect(atEight("Heartbeat (every odd minute between 8-18 on weekdays)")).toBe(1);
    const inTheEvening = await saidAfter(new Date(2026, 0, 27, 22, 15, 20), "20s");
    expect(inTheEvening("Heartbeat (22:15:30)")).toBe(1);
    const midnight = await saidAfter(new Date(Date.UTC(2026, 0, 27, 22, 59, 50)), "20s");
    expect(midnight("Heartbeat (midnight in Sweden)")).toBe(1);
  });

  it("service_send_message", async () => {
    const { logger, lines } = await capturingLogger();
    const clock = createVirtualClock();
    await using app = await startService(ServiceSendMessage, { logger, clock });
    await app.nextPublished("example.pubsub.new.message");
    await clock.advance("10s");
    await app.nextPublished("example.pubsub.new.message");
    expect(lines.filter(({ msg }) => msg.startsWith("Publishing message"))).toHaveLength(2);
  });
});

describe("the guide", () => {
  it("shows each of these files beside Python's", () => {
    const files = readdirSync(join(root, "examples/from-python")).filter((file) => file.endsWith(".ts"));
    for (const file of files) expect(guide, file).toContain(`](../../examples/from-python/${file})`);
    expect(files.length).toBeGreaterThan(8);
  });

  it("has decorators in its tables that compile, and that a service accepts", async () => {
    const cells = Array.from(guide.matchAll(/^\| (?:[^|]|\\\|)+ \| ((?:[^|]|\\\|)+) \|$/gm), ([, cell = ""]) => cell);
    const code = cells.flatMap((cell) => Array.from(cell.matchAll(/`([^`]+)`/g), ([, text = ""]) => text));
    const decorators = [
      ...new Set(
        code.filter((text) => /^@(?:http|schedule|websocket|heartbeat|minutely|hourly|daily|monthly)/.test(text)),
      ),
    ];
    expect(decorators.length).toBeGreaterThan(25);
    const methods = decorators.map((decorator, at) => {
      // The tables leave out what is said in another cell, and two moments are in the past by now.
      const whole = decorator.replace("2026-12-24", "2126-12-24");
      return `  ${whole}\n  m${at}() {}\n`;
    });
    const names = [
      "Service",
      "daily",
      "heartbeat",
      "hourly",
      "http",
      "httpError",
      "httpStatic",
      "minutely",
      "monthly",
      "schedule",
      "websocket",
    ];
    const source = `import { ${names.join(", ")} } from "tomodachi";\n\nexport class Table extends Service {\n  name = "table";\n\n${methods.join("\n")}}\n`;
    const folder = join(root, ".docs-check/python");
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    mkdirSync(join(folder, "static"), { recursive: true });
    writeFileSync(join(folder, "table.ts"), source);
    const compilerOptions = { noEmit: true, rootDir: ".", moduleDetection: "force", noUnusedLocals: false };
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({ extends: "../../tsconfig.base.json", compilerOptions, include: ["*.ts"] }),
    );
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const compiled = await promisify(execFile)(process.execPath, [tsc, "-p", ".", "--pretty", "false"], {
      cwd: folder,
    }).catch((error: { readonly stdout: string }) => error);
    expect(compiled.stdout).toBe("");
    expect(existsSync(join(folder, "table.ts"))).toBe(true);
    const { Table } = (await import(/* @vite-ignore */ pathToFileURL(join(folder, "table.ts")).href)) as {
      readonly Table: ServiceClass;
    };
    await using app = await startService(Table, { clock: createVirtualClock() });
    expect(app.services.map(({ name }) => name)).toEqual(["table"]);
  });
});
