// Files by @httpStatic as a real browser sees them: a page with its style, script and pictures, parts of a file, and what has not changed.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { defineService, http, httpStatic, httpTransport, on, transportOf } from "tomodachi";
import { startService } from "tomodachi/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeWithBrowser, TestBrowser } from "../support/browser.ts";
import { capturingLogger } from "../support/capturing-logger.ts";

const folder = mkdtempSync(join(tmpdir(), "tomodachi-page-"));
const root = join(folder, "public");

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Orders</title>
<link rel="icon" href="icon.svg">
<link rel="stylesheet" href="style/page.css">
<script type="module" src="script/page.js"></script>
</head>
<body>
<h1>Orders</h1>
<p><img id="picture" src="picture.png" alt="a blue square"> <img id="drawing" src="icon.svg" alt="a circle" width="64"></p>
<p id="told">no script has run</p>
<p><a href="other%20page.html">Another page</a></p>
</body>
</html>
`;

/** A PNG of one colour: https://www.w3.org/TR/png-3/#11Chunks */
function picture(size: number): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(data.length);
    head.write(type, 4, "latin1");
    const tail = Buffer.alloc(4);
    tail.writeUInt32BE(crc32(Buffer.concat([head.subarray(4), data])));
    return Buffer.concat([head, data, tail]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  // 8 bits for each of red, green and blue.
  header.set([8, 2, 0, 0, 0], 8);
  const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(size * 3, Buffer.from([0x2a, 0x5c, 0xc8]))]);
  const rows = deflateSync(Buffer.concat(Array.from({ length: size }, () => row)));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", rows), chunk("IEND", Buffer.alloc(0))]);
}

function crc32(data: Buffer): number {
  let sum = 0xffffffff;
  for (const octet of data) {
    sum ^= octet;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return (sum ^ 0xffffffff) >>> 0;
}

beforeAll(() => {
  mkdirSync(join(root, "style"), { recursive: true });
  mkdirSync(join(root, "script"));
  writeFileSync(join(root, "index.html"), page);
  writeFileSync(join(root, "other page.html"), "<!doctype html><title>Another</title><h1>Another page</h1>");
  writeFileSync(join(root, "style/page.css"), "body { font-family: sans-serif; } h1 { color: rgb(42, 92, 200); }");
  writeFileSync(
    join(root, "script/page.js"),
    `import { words } from "./words.js";\ndocument.getElementById("told").textContent = words;`,
  );
  writeFileSync(join(root, "script/words.js"), `export const words = "the script has run";`);
  writeFileSync(
    join(root, "icon.svg"),
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><circle cx="5" cy="5" r="4" fill="#2a5cc8"/></svg>`,
  );
  writeFileSync(join(root, "picture.png"), picture(64));
  writeFileSync(join(root, "long.txt"), "0123456789".repeat(100_000));
  writeFileSync(join(folder, "secret.txt"), "secret");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function start(options = {}) {
  const { logger, lines } = await capturingLogger();
  const type = defineService({
    name: "pages",
    handlers: {
      files: on(httpStatic(root, "/files", { index: true, ...options }), () => {}),
      hello: on(http("GET", "/hello"), () => "hello"),
    },
  });
  const app = await startService(type, { logger, options: { http: { port: 0, host: "127.0.0.1" } } });
  const answers = (): readonly string[] => lines.map(({ msg }) => msg).filter((msg) => msg.startsWith("GET "));
  return { app, origin: transportOf(app.service, httpTransport).origin ?? "", answers };
}

describeWithBrowser("a page of static files", () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await TestBrowser.open();
  });
  afterAll(() => browser[Symbol.asyncDispose]());

  it("is shown with its style, its script and its pictures", async () => {
    const { app, origin, answers } = await start();
    await using _app = app;
    await using tab = await browser.tab({ width: 640, height: 400 });
    await tab.page.goto(`${origin}/files/`, { waitUntil: "networkidle" });
    expect(await tab.page.locator("#told").textContent()).toBe("the script has run");
    expect(await tab.page.evaluate("getComputedStyle(document.querySelector('h1')).color")).toBe("rgb(42, 92, 200)");
    for (const id of ["picture", "drawing"]) {
      expect(await tab.page.evaluate(`document.getElementById("${id}").naturalWidth`), id).toBeGreaterThan(0);
    }
    expect(tab.problems).toEqual([]);
    await tab.keep("static-files");
    expect(answers()).toContain("GET /files/script/words.js 200");
    await tab.page.getByText("Another page").click();
    expect(await tab.page.title()).toBe("Another");
  });

  it("is sent again only when something has changed", async () => {
    const { app, origin, answers } = await start();
    await using _app = app;
    await using tab = await browser.tab({ cache: true });
    const statuses = async (): Promise<readonly (readonly [string, number])[]> => {
      const seen: [string, number][] = [];
      tab.page.on("response", (response) => seen.push([new URL(response.url()).pathname, response.status()]));
      await tab.page.goto(`${origin}/files/`, { waitUntil: "networkidle" });
      tab.page.removeAllListeners("response");
      return seen;
    };
    expect((await statuses()).map(([, status]) => status)).not.toContain(304);
    await statuses();
    // The cache of the browser answers the page with 200; the log knows what was asked.
    expect(answers()).toContain("GET /files/style/page.css 304");
    expect(answers().filter((line) => line === "GET /files/style/page.css 200")).toHaveLength(1);
    writeFileSync(join(root, "style/page.css"), "h1 { color: rgb(200, 0, 0); }");
    await statuses();
    expect(answers().filter((line) => line === "GET /files/style/page.css 200")).toHaveLength(2);
    expect(await tab.page.evaluate("getComputedStyle(document.querySelector('h1')).color")).toBe("rgb(200, 0, 0)");
    expect(tab.problems).toEqual([]);
  });

  it("is not requested again within maxAge", async () => {
    const { app, origin, answers } = await start({ maxAge: "1h" });
    await using _app = app;
    await using tab = await browser.tab({ cache: true });
    await tab.page.goto(`${origin}/files/`, { waitUntil: "networkidle" });
    await tab.page.goto(`${origin}/files/other%20page.html`);
    await tab.page.goto(`${origin}/files/index.html`, { waitUntil: "networkidle" });
    expect(answers().filter((line) => line.startsWith("GET /files/style/page.css"))).toHaveLength(1);
  });

  it("gives a script the requested part of a file", async () => {
    const { app, origin } = await start();
    await using _app = app;
    await using tab = await browser.tab();
    await tab.page.goto(`${origin}/files/`);
    const part = await tab.page.evaluate(`(async () => {
      const answer = await fetch("long.txt", { headers: { range: "bytes=500000-500004" } });
      return [answer.status, answer.headers.get("content-range"), await answer.text()];
    })()`);
    expect(part).toEqual([206, "bytes 500000-500004/1000000", "01234"]);
  });

  it.each([
    "../secret.txt",
    "..%2fsecret.txt",
    "%2e%2e/secret.txt",
    "%2e%2e%2fsecret.txt",
    "..%5csecret.txt",
    "%252e%252e%252fsecret.txt",
  ])("does not give access outside of its folder: %s", async (path) => {
    const { app, origin } = await start();
    await using _app = app;
    await using tab = await browser.tab();
    const answer = await tab.page.goto(`${origin}/files/${path}`);
    expect(answer?.status()).toBe(404);
    expect(await tab.page.content()).not.toContain(">secret<");
  });
});
