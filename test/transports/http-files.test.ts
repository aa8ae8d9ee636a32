// Files by @httpStatic: what is served, and that nothing outside of the folder ever is.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { defineService, httpStatic, httpTransport, on, type ServiceClass, transportOf } from "tomodachi";
import { startService } from "tomodachi/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rawExchange } from "../support/raw-http.ts";

let folder = "";
let root = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tomodachi-files-"));
  root = join(folder, "public");
  mkdirSync(join(root, "sub"), { recursive: true });
  mkdirSync(join(folder, "public-secret"));
  writeFileSync(join(root, "a.txt"), "0123456789");
  writeFileSync(join(root, "sub", "index.html"), "<p>index</p>");
  writeFileSync(join(root, "a b?#.txt"), "odd name");
  writeFileSync(join(root, "%2e%2e"), "a name that looks encoded");
  writeFileSync(join(root, ".env"), "secret");
  writeFileSync(join(folder, "secret.txt"), "secret");
  writeFileSync(join(folder, "public-secret", "a.txt"), "secret");
  symlinkSync(join(folder, "secret.txt"), join(root, "link.txt"));
  symlinkSync(join(folder, "public-secret"), join(root, "linked"));
  symlinkSync(join(root, "a.txt"), join(root, "inside.txt"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function files(path: string | RegExp = "/static", options = {}): ServiceClass {
  return defineService({ name: "files", handlers: { files: on(httpStatic(root, path, options), () => {}) } });
}

describe("a file", () => {
  it("is served with its type, its length and the headers for conditional requests", async () => {
    await using app = await startService(files());
    const answer = await app.http.get("/static/a.txt");
    expect([answer.status, answer.text]).toEqual([200, "0123456789"]);
    expect(answer.headers).toMatchObject({ "content-type": "text/plain; charset=utf-8", "content-length": "10" });
    const { etag = "" } = answer.headers as { etag?: string };
    expect((await app.http.get("/static/a.txt", { headers: { "if-none-match": etag } })).status).toBe(304);
    const part = await app.http.get("/static/a.txt", { headers: { range: "bytes=2-4" } });
    expect([part.status, part.text, part.headers["content-range"]]).toEqual([206, "234", "bytes 2-4/10"]);
    const beyond = await app.http.get("/static/a.txt", { headers: { range: "bytes=99-" } });
    expect([beyond.status, beyond.headers["content-range"]]).toEqual([416, "bytes */10"]);
    const head = await app.http.head("/static/a.txt");
    expect([head.status, head.text, head.headers["content-length"]]).toEqual([200, "", "10"]);
    expect((await app.http.post("/static/a.txt")).status).toBe(405);
  });

  it("may have an unusual name, be a link inside the folder, or be the index of a folder", async () => {
    await using app = await startService(files("/static/", { index: true, maxAge: "1h" }));
    expect((await app.http.get("/static/a%20b%3F%23.txt")).text).toBe("odd name");
    expect((await app.http.get("/static/%252e%252e")).text).toBe("a name that looks encoded");
    expect((await app.http.get("/static/inside.txt")).text).toBe("0123456789");
    const index = await app.http.get("/static/sub/");
    expect([index.text, index.headers["cache-control"]]).toEqual(["<p>index</p>", "public, max-age=3600"]);
  });

  it("is selected by the group of a regular expression", async () => {
    await using app = await startService(files(/\/files\/(?<filename>[^/]+)\/download/));
    expect((await app.http.get("/files/a.txt/download")).text).toBe("0123456789");
    expect((await app.http.get("/files/..%2Fsecret.txt/download")).status).toBe(404);
  });
});

describe("a file outside of the folder", () => {
  it.each([
    "/static/missing.txt",
    "/static/",
    "/static/sub",
    "/static/sub/",
    "/static/.env",
    "/static/../secret.txt",
    "/static/..%2fsecret.txt",
    "/static/%2e%2e/secret.txt",
    "/static/%2e%2e%2fsecret.txt",
    "/static/sub/..%2f..%2fsecret.txt",
    "/static/..%5csecret.txt",
    "/static/%252e%252e%252fsecret.txt",
    "/static//etc/passwd",
    "/static/%2fetc%2fpasswd",
    "/static/a.txt%00.png",
    "/static/link.txt",
    "/static/linked/a.txt",
    "/static-secret/a.txt",
    "/static/..;/secret.txt",
  ])("is not served: %s", async (path) => {
    await using app = await startService(files());
    const answer = await app.http.get(path);
    expect(answer.status).toBe(404);
    expect(answer.text).not.toContain("secret\n");
    expect(answer.text === "secret").toBe(false);
  });

  it.each([
    "/static/../secret.txt",
    "/static/./../secret.txt",
    "/static/sub/../../secret.txt",
    "/static/\\..\\secret.txt",
  ])("is not served to a client that sends dots unencoded: %s", async (path) => {
    const listen = { http: { port: 0, host: "127.0.0.1" } };
    await using app = await startService(files(), { options: listen });
    const { origin = "" } = transportOf(app.service, httpTransport);
    const answer = await rawExchange(origin, `GET ${path} HTTP/1.1`, "host: a", "connection: close", "", "");
    expect(answer).toMatch(/^HTTP\/1\.1 40[04] /);
    expect(answer).not.toContain("\r\n\r\nsecret");
  });
});

describe("a folder", () => {
  it("must exist when the service starts", async () => {
    const type = defineService({
      name: "files",
      handlers: { files: on(httpStatic(pathToFileURL(join(folder, "nowhere")), "/static"), () => {}) },
    });
    await expect(startService(type)).rejects.toMatchObject({
      code: "ERR_HTTP_STATIC",
      message: expect.stringContaining("nowhere"),
    });
  });

  it("may not be the root of the file system, and its path may not have parameters", async () => {
    for (const [where, path, problem] of [
      ["/", "/static", "the root of the file system"],
      [root, "/static/:name", "without parameters"],
      [root, /\/static/, "(?<filename>...)"],
    ] as const) {
      const type = defineService({ name: "files", handlers: { files: on(httpStatic(where, path), () => {}) } });
      await expect(startService(type)).rejects.toThrow(problem);
    }
  });
});
