/** The documentation site, built as `npm run docs` builds it and opened in a browser. Its tools are installed in site/. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { axeFindings } from "../support/axe.ts";
import { type BrowserTab, describeWithBrowser, TestBrowser } from "../support/browser.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const dist = join(root, "site/dist");
const hasTools = existsSync(join(root, "site/node_modules/vitepress"));
if (!hasTools) console.warn("The tools of the site are not installed (npm ci in site/): its tests are skipped");

/** One of each: the home page, a tutorial with files, tables, wide tables, pictures, code, the reference, a decision. */
const kindsOfPages = [
  "/",
  "/tutorial/2-contracts",
  "/guides/subscribing",
  "/guides/production",
  "/concepts/retries",
  "/recipes/transactions",
  "/comparison",
  "/faq",
  "/errors",
  "/benchmarks",
  "/reference/tomodachi/functions/amqpPublish",
  "/decisions/",
];

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

/** Serves a file as hosts of static pages do: `/guides/failures` is `guides/failures.html`. */
function serve(): Promise<Server> {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname);
    const found = [join(dist, path), `${join(dist, path)}.html`, join(dist, path, "index.html")].find(
      (file) => existsSync(file) && statSync(file).isFile(),
    );
    response.writeHead(found ? 200 : 404, { "content-type": types[extname(found ?? "")] ?? "text/plain" });
    response.end(found && readFileSync(found));
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

describe.skipIf(!hasTools)("the site", () => {
  let server: Server;
  let url = "";

  beforeAll(async () => {
    await promisify(execFile)(process.execPath, ["--import", "tsx", "scripts/build-site.ts"], { cwd: root });
    server = await serve();
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }, 600_000);
  afterAll(() => server?.close());

  it("has the guides, the reference of each entry point, the errors and llms.txt", async () => {
    for (const [path, text] of [
      ["/guides/subscribing", "Competing"],
      ["/reference/tomodachi/functions/amqpPublish", "dataOrContract"],
      ["/reference/tomodachi/testing/functions/startService", "startService"],
      ["/reference/tomodachi/broker/functions/startBroker", "startBroker"],
      ["/errors", "ERR_CONFIGURATION"],
      ["/changelog", "Unreleased"],
      ["/llms.txt", "/guides/subscribing.md"],
    ] as const) {
      const response = await fetch(`${url}${path}`);
      expect([path, response.status]).toEqual([path, 200]);
      expect(await response.text()).toContain(text);
    }
  });

  describeWithBrowser("in a browser", () => {
    it.each([
      ["desktop", { width: 1280, height: 800 }],
      ["phone", { width: 390, height: 844 }],
      ["desktop-dark", { width: 1280, height: 800, colorScheme: "dark" }],
    ] as const)("shows its pages without an error (%s)", async (name, options) => {
      await using browser = await TestBrowser.open();
      await using tab = await browser.tab(options);
      for (const path of ["/", "/guides/subscribing", "/errors", "/reference/tomodachi/functions/amqpPublish"]) {
        await tab.page.goto(`${url}${path}`);
        await tab.page.locator("h1").first().waitFor();
        const wider = await tab.page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
        expect([path, wider > 0]).toEqual([path, false]);
        await tab.keep(`site-${name}${path.replaceAll("/", "-")}`);
      }
      expect(faultsOf(tab)).toEqual([]);
    });

    // Each shape and each colour once: axe needs five seconds for a page.
    it.each([
      ["desktop", "light", 1280, 800],
      ["phone", "dark", 390, 844],
    ] as const)(
      "has nothing in its pages that axe calls serious (%s, %s)",
      async (name, colorScheme, width, height) => {
        await using browser = await TestBrowser.open();
        await using tab = await browser.tab({ colorScheme, width, height });
        for (const path of kindsOfPages) {
          await tab.page.goto(`${url}${path}`);
          await tab.page.locator("h1").first().waitFor();
          // Scripts may change the page again when they have all run.
          await tab.page.waitForLoadState("networkidle");
          const serious = (await axeFindings(tab)).filter((line) => /^(?:serious|critical) /.test(line));
          expect({ path, serious }).toEqual({ path, serious: [] });
          await tab.keep(`site-axe-${name}-${colorScheme}${path.replaceAll("/", "-")}`);
        }
      },
      // 12 pages, each read by axe.
      600_000,
    );

    it("finds a page by a word of its text", async () => {
      await using browser = await TestBrowser.open();
      await using tab = await browser.tab();
      await tab.page.goto(`${url}/guides/getting-started`);
      const [button, input] = [tab.page.locator(".DocSearch-Button").first(), tab.page.locator("#localsearch-input")];
      // The button works once the scripts of the page have run.
      await expect
        .poll(
          async () => {
            if (!(await input.isVisible())) await button.click();
            return input.isVisible();
          },
          { timeout: 30_000, interval: 1000 },
        )
        .toBe(true);
      await input.fill("x-consumer-timeout");
      const before = tab.page.url();
      await tab.page.locator(".result").first().click();
      await expect.poll(() => tab.page.url(), { timeout: 30_000 }).not.toBe(before);
      expect(faultsOf(tab)).toEqual([]);
    });
  });
});

/** A page loads those that it links to in advance; leaving it aborts that. */
function faultsOf({ problems }: BrowserTab): readonly string[] {
  return problems.filter((problem) => !problem.endsWith("net::ERR_ABORTED"));
}
