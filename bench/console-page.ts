// The page of the console in a real browser, while messages pass: whether it stays usable.
import { spawnSync } from "node:child_process";
import { type Browser, chromium, type Page } from "playwright-core";

export interface PageFigures {
  /** Tasks of more than 50 ms in which the page answers to nobody. */
  readonly longTasks: number;
  readonly longestMs: number;
  /** Of the heap of JavaScript, in MB: after the first second, and at the end. */
  readonly heapMb: readonly [first: number, last: number];
  /** From a click on another view to its heading, the slowest of all. */
  readonly slowestViewMs: number;
}

export interface OpenedPage {
  /** Looks at every view, again and again, until the messages are handled. */
  watch(ended: Promise<unknown>): Promise<PageFigures>;
  close(): Promise<void>;
}

const views = ["Flow", "Messages", "Retries", "Dead letters", "Publish", "Logs"];

/** `address` has the token. */
export async function openPage(address: string): Promise<OpenedPage> {
  const executablePath = spawnSync("which", ["chromium"], { encoding: "utf8" }).stdout.trim();
  const browser: Browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  const page = await browser.newPage();
  await page.goto(address);
  await page.getByText("running", { exact: true }).waitFor();
  await page.evaluate(
    "window.long = []; new PerformanceObserver((list) => { for (const one of list.getEntries()) window.long.push(one.duration); }).observe({ type: 'longtask' })",
  );
  return { watch: (ended) => watch(page, ended), close: () => browser.close() };
}

async function watch(page: Page, ended: Promise<unknown>): Promise<PageFigures> {
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  const first = await heapMb(page);
  let slowestViewMs = 0;
  for (let at = 0; !isOver; at++) {
    const name = views[at % views.length] ?? "";
    const startedAt = performance.now();
    await page.getByRole("link", { name: new RegExp(`^${name}`) }).click();
    await page.getByRole("heading", { name, level: 1 }).waitFor({ state: "attached" });
    slowestViewMs = Math.max(slowestViewMs, performance.now() - startedAt);
    await new Promise((resolve) => setTimeout(resolve, 700));
  }
  const long = (await page.evaluate("window.long")) as readonly number[];
  const heap = [first, await heapMb(page)] as const;
  return { longTasks: long.length, longestMs: Math.max(0, ...long), heapMb: heap, slowestViewMs };
}

async function heapMb(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  await session.detach();
  return usedSize / 1e6;
}
