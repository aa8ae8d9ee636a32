// HTTP by TLS, and HTTP/2, with certificates of the test's own: by Node, curl, nghttp and h2load.
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect, type IncomingHttpHeaders } from "node:http2";
import { request } from "node:https";
import { join } from "node:path";
import { defineService, http, httpTransport, on, transportOf, websocket } from "tomodachi";
import { startService } from "tomodachi/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { createDeferred } from "../../src/util/deferred.ts";
import { type Certificates, hasOpenssl, makeCertificates } from "../credentials/certificates.ts";

const hasNghttp = ["nghttp", "h2load"].every((program) => spawnSync(program, ["--version"]).status === 0);
if (!hasNghttp) console.warn("nghttp and h2load are missing (apt-get install nghttp2-client): their tests are skipped");
it.runIf(process.env["REQUIRE_NGHTTP"] === "1")("has nghttp and h2load, because REQUIRE_NGHTTP is 1", () => {
  expect(hasNghttp).toBe(true);
});

describe.skipIf(!hasOpenssl())("a port with TLS", () => {
  let certificates: Certificates;
  beforeAll(() => {
    certificates = makeCertificates("client");
  });
  afterAll(() => certificates[Symbol.dispose]());

  const gate = createDeferred();
  const called = createDeferred();
  const Shop = defineService({
    name: "shop",
    handlers: {
      order: on(http("GET", "/orders/:id"), ({ params, raw }) => ({ id: params.id, by: raw.httpVersion })),
      create: on(http("POST", "/orders"), ({ body }) => [201, body]),
      slow: on(http("GET", "/slow"), async () => {
        called.resolve();
        await gate.promise;
        return "answered";
      }),
      chat: on(
        websocket("/chat"),
        (_request, { socket }) =>
          (text) =>
            socket.send(text),
      ),
    },
  });

  async function start(options: object = {}) {
    const file = (name: string): Buffer => readFileSync(join(certificates.folder, name));
    const tls = { key: file("server.key"), cert: file("server.pem") };
    const app = await startService(Shop, { options: { http: { port: 0, host: "127.0.0.1", tls, ...options } } });
    const { origin } = transportOf(app.service, httpTransport);
    return { app, origin: String(origin), ca: join(certificates.folder, "authority.pem") };
  }

  it("answers HTTP/1.1 only to clients that trust its certificate authority", async () => {
    const { app, origin } = await start();
    await using _app = app;
    expect(origin).toMatch(/^https:\/\/127\.0\.0\.1:/);
    const get = (ca?: Buffer): Promise<string> =>
      new Promise((resolve, reject) => {
        const asked = request(`${origin}/orders/7`, { ...(ca && { ca }), agent: false }, (response) => {
          response.setEncoding("utf8").once("data", resolve);
        });
        asked.once("error", reject).end();
      });
    expect(JSON.parse(await get(certificates.ca))).toEqual({ id: "7", by: "1.1" });
    await expect(get()).rejects.toThrow(/certificate/);
  });

  it("answers HTTP/2 and HTTP/1.1 on one port, and web sockets", async () => {
    const { app, origin } = await start({ http2: true });
    await using _app = app;
    const session = connect(origin, { ca: certificates.ca });
    const ask = (headers: object, body?: string): Promise<[number | undefined, string]> =>
      new Promise((resolve, reject) => {
        const stream = session.request({ ...headers });
        let status: number | undefined;
        let text = "";
        stream.once("response", (answer: IncomingHttpHeaders) => {
          status = answer[":status"] as number | undefined;
        });
        stream.setEncoding("utf8").on("data", (part: string) => {
          text += part;
        });
        stream.once("end", () => resolve([status, text])).once("error", reject);
        stream.end(body);
      });
    const answers = await Promise.all([1, 2, 3].map((id) => ask({ ":path": `/orders/${id}` })));
    expect(answers.map(([status, text]) => [status, JSON.parse(text)])).toEqual(
      ["1", "2", "3"].map((id) => [200, { id, by: "2.0" }]),
    );
    const post = { ":path": "/orders", ":method": "POST", "content-type": "application/json" };
    expect(await ask(post, '{"a":1}')).toEqual([201, '{"a":1}']);
    expect((await ask({ ":path": "/nothing" }))[0]).toBe(404);
    expect((await ask({ ":path": "/orders", ":method": "DELETE" }))[0]).toBe(405);
    session.close();
    const socket = new WebSocket(`${origin.replace("https", "wss")}/chat`, { ca: certificates.ca });
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    const echoed = new Promise((resolve) => socket.once("message", (text) => resolve(String(text))));
    socket.send("hello");
    expect(await echoed).toBe("hello");
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.close();
    await closed;
  });

  it("answers HTTP/2 requests from before a stop, and ends the session", async () => {
    const { app, origin } = await start({ http2: true });
    await using _app = app;
    const session = connect(origin, { ca: certificates.ca });
    const closed = new Promise((resolve) => session.once("close", resolve));
    const stream = session.request({ ":path": "/slow" });
    const answer = new Promise((resolve) => stream.setEncoding("utf8").once("data", resolve));
    await called.promise;
    const stopped = app.stop();
    gate.resolve();
    expect(await answer).toBe("answered");
    await closed;
    expect(await stopped).toBe(0);
  });

  it("works with curl by HTTP/1.1 and HTTP/2", async () => {
    const { app, origin, ca } = await start({ http2: true });
    await using _app = app;
    const curl = (...words: readonly string[]) => run("curl", ["-sS", "--cacert", ca, ...words]);
    expect(JSON.parse(await curl("--http1.1", `${origin}/orders/7`))).toEqual({ id: "7", by: "1.1" });
    expect(JSON.parse(await curl("--http2", `${origin}/orders/7`))).toEqual({ id: "7", by: "2.0" });
    const posted = await curl("--http2", "-i", "--json", '{"a":1}', `${origin}/orders`);
    expect(posted).toMatch(/^HTTP\/2 201[\s\S]*\{"a":1\}$/);
  });

  it.skipIf(!hasNghttp)("works with nghttp and h2load", async () => {
    const { app, origin } = await start({ http2: true });
    await using _app = app;
    const verbose = await run("nghttp", ["-v", `${origin}/orders/7`]);
    expect(verbose).toContain(":status: 200");
    expect(verbose).toContain('{"id":"7","by":"2.0"}');
    const load = await run("h2load", ["-n", "2000", "-c", "10", "-m", "10", `${origin}/orders/7`]);
    expect(load).toContain("2000 succeeded, 0 failed, 0 errored");
  });
});

describe.skipIf(!hasNghttp)("HTTP/2 without TLS", () => {
  it("works with nghttp and h2load", async () => {
    const type = defineService({
      name: "shop",
      handlers: { order: on(http("GET", "/"), ({ raw }) => raw.httpVersion) },
    });
    await using app = await startService(type, { options: { http: { port: 0, host: "127.0.0.1", http2: true } } });
    const { origin } = transportOf(app.service, httpTransport);
    expect(await run("nghttp", [String(origin)])).toContain("2.0");
    expect(await run("h2load", ["-n", "500", "-c", "5", "-m", "5", String(origin)])).toContain("500 succeeded");
  });

  it("cannot have web sockets, and the start reports that", async () => {
    const type = defineService({ name: "shop", handlers: { chat: on(websocket("/"), () => {}) } });
    await expect(startService(type, { options: { http: { http2: true } } })).rejects.toThrow("options.http.tls");
  });
});

/** What it prints, when it has ended; not `spawnSync`, because the server is in this process. */
async function run(program: string, words: readonly string[]): Promise<string> {
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
  }
  const code = await new Promise((resolve, reject) => child.once("close", resolve).once("error", reject));
  if (code !== 0) throw new Error(`${program} ended with ${String(code)}: ${printed}`);
  return printed;
}
