// npm run picture:console: docs/images/console.png, the page of the console in a real browser, for a service that runs meanwhile. With
// --folder <path> every view in light and dark, for a desktop and for a phone, to look at.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Browser, chromium, type Page } from "playwright-core";

const root = fileURLToPath(new URL("..", import.meta.url));
/** So that there are retries and dead letters of all kinds. */
const warmUpMs = 45_000;
const views = ["Flow", "Messages", "Retries", "Dead letters", "Publish", "Logs"];
const shapes = [
  { name: "desktop", width: 1280, height: 860 },
  { name: "phone", width: 390, height: 844 },
] as const;

const { values } = parseArgs({ options: { folder: { type: "string" } } });

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

const words = ["run", "scripts/console-picture-service.mjs", "--broker", "embedded", "--console-port", "0"];
const child = spawn(process.execPath, [join(root, "dist/cli/main.js"), ...words, "--no-watch"], {
  cwd: root,
  env: { ...process.env, TOMODACHI_BROKER_PORT: String(await freePort()) },
  stdio: ["ignore", "pipe", "ignore"],
});
const address = await new Promise<string>((resolve, reject) => {
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
    const found = /Console: (\S+)/.exec(output)?.[1];
    if (found) resolve(found);
  });
  child.once("exit", () => reject(new Error(`The service ended:\n${output}`)));
});

const executablePath = spawnSync("which", ["chromium"], { encoding: "utf8" }).stdout.trim();
const browser: Browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
try {
  // Counting begins with the first page.
  const page = await open("light", shapes[0]);
  await sleep(warmUpMs);
  const { folder } = values;
  if (folder === undefined) await page.screenshot({ path: join(root, "docs/images/console.png") });
  else {
    mkdirSync(folder, { recursive: true });
    for (const colours of ["light", "dark"] as const)
      for (const shape of shapes) await keepViews(folder, colours, shape);
  }
} finally {
  await browser.close();
  child.kill("SIGTERM");
}

async function open(colorScheme: "light" | "dark", { width, height }: (typeof shapes)[number]): Promise<Page> {
  const page = await browser.newPage({ colorScheme, viewport: { width, height } });
  await page.goto(address);
  await page.getByText("running", { exact: true }).waitFor();
  return page;
}

async function keepViews(folder: string, colours: "light" | "dark", shape: (typeof shapes)[number]): Promise<void> {
  const page = await open(colours, shape);
  const keep = (name: string): Promise<unknown> =>
    page.screenshot({ path: join(folder, `${name.toLowerCase().replace(" ", "-")}-${shape.name}-${colours}.png`) });
  for (const name of views) {
    await page.getByRole("link", { name: new RegExp(`^${name}`) }).click();
    await sleep(1500);
    await keep(name);
    if (name === "Messages" || name === "Dead letters") {
      if (name === "Messages") await page.getByRole("button", { name: "Stop updates" }).click();
      await page.locator("table button.link").first().click();
      await sleep(800);
      await keep(`${name}-open`);
      await page.keyboard.press("Escape");
    }
    if (name === "Dead letters") {
      await page
        .getByRole("button", { name: /^Edit and replay th/ })
        .first()
        .click();
      await sleep(500);
      await keep("edit-several");
      await page.keyboard.press("Escape");
    }
  }
  await page.close();
}
