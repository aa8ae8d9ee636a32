// A real browser for tests: the chromium of this machine, driven by playwright-core, which downloads none. Pages see loopback only.
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { describe, it } from "vitest";

const programs = ["chromium", "chromium-browser", "google-chrome"];
const program = process.env["CHROMIUM"] || programs.find((name) => spawnSync(name, ["--version"]).status === 0);

/** Tests that need a browser; if there is none they are skipped with one visible line, and fail with REQUIRE_BROWSER=1. */
export function describeWithBrowser(name: string, tests: () => void): void {
  if (process.env["REQUIRE_BROWSER"] === "1") {
    it("has a browser, because REQUIRE_BROWSER is 1", ({ expect }) => expect(program).toBeTypeOf("string"));
  }
  if (program === undefined) console.warn("There is no chromium (apt-get install chromium): its tests are skipped");
  describe.skipIf(program === undefined)(name, tests);
}

export interface PageOptions {
  /** What the person prefers. @default "light" */
  readonly colorScheme?: "light" | "dark";
  readonly width?: number;
  readonly height?: number;
  /** For a page by TLS whose authority the browser does not know. @default false */
  readonly ignoreTlsErrors?: boolean;
  /** The browser keeps what it was sent. It refuses requests beyond this machine only without, and names them as problems. @default false */
  readonly cache?: boolean;
}

/** A separate tab, with its own cookies and storage. */
export interface BrowserTab extends AsyncDisposable {
  readonly page: Page;
  /** Errors of scripts, error lines of the console, and requests that failed or went beyond this machine. */
  readonly problems: readonly string[];
  /** Keeps a picture as `<name>.png` in the folder that TOMODACHI_TEST_SCREENSHOTS names; nothing without it. */
  keep(name: string): Promise<void>;
}

/** A browser for the tests of one file. */
export class TestBrowser implements AsyncDisposable {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  /** The sandbox of chromium does not start for root, as in a container; pages here are the tests' own. */
  static async open(): Promise<TestBrowser> {
    const executablePath = spawnSync("which", [program ?? "chromium"], { encoding: "utf8" }).stdout.trim();
    return new TestBrowser(
      await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"] }),
    );
  }

  async tab(options: PageOptions = {}): Promise<BrowserTab> {
    const { colorScheme = "light", width = 1280, height = 800, ignoreTlsErrors = false, cache = false } = options;
    const context = await this.#browser.newContext({
      colorScheme,
      viewport: { width, height },
      ignoreHTTPSErrors: ignoreTlsErrors,
    });
    const problems: string[] = [];
    // What can refuse a request turns the cache off.
    if (cache) context.on("request", (request) => tellForeign(request.url(), problems));
    else await refuseForeign(context, problems);
    const page = await context.newPage();
    page.on("pageerror", (error) => problems.push(`error: ${error.message}`));
    page.on("console", (line) => {
      if (line.type() === "error") problems.push(`console: ${line.text()}`);
    });
    page.on("requestfailed", (request) => problems.push(`failed: ${request.url()} ${request.failure()?.errorText}`));
    return {
      page,
      problems,
      keep: (name) => keep(page, name),
      [Symbol.asyncDispose]: () => context.close(),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}

async function refuseForeign(context: BrowserContext, problems: string[]): Promise<void> {
  await context.route("**/*", async (route) =>
    tellForeign(route.request().url(), problems) ? route.abort() : route.continue(),
  );
}

function tellForeign(url: string, problems: string[]): boolean {
  const { hostname, protocol } = new URL(url);
  if (protocol === "data:" || ["127.0.0.1", "localhost", "[::1]"].includes(hostname)) return false;
  problems.push(`beyond this machine: ${url}`);
  return true;
}

async function keep(page: Page, name: string): Promise<void> {
  const { TOMODACHI_TEST_SCREENSHOTS: folder } = process.env;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}
