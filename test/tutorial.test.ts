/** The tutorial: each page shows the files of its step, and each step runs. */
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { parse } from "yaml";
import { type Broker, startBroker } from "../src/amqp-broker/broker.ts";
import { freePort } from "./cli/free-port.ts";
import { until } from "./support/broker.ts";
import { startExample } from "./support/example.ts";
import { shownFiles } from "./support/shown-files.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "examples/tutorial");
const steps = readdirSync(folder);

function pageOf(step: string): string {
  return readFileSync(join(root, `docs/tutorial/${step}.md`), "utf8");
}

describe("each page of the tutorial", () => {
  it.each(steps)("shows the files of its step as they are: %s", (step) => {
    const shown = shownFiles(pageOf(step));
    expect(shown.length).toBeGreaterThan(0);
    for (const { file, text } of shown) expect(text, file).toBe(readFileSync(join(folder, step, file), "utf8"));
  });

  it("shows every file that is new or differs from the step before", () => {
    for (const [at, step] of steps.entries()) {
      const before = join(folder, steps[at - 1] ?? "none");
      for (const file of readdirSync(join(folder, step))) {
        const old = join(before, file);
        const text = readFileSync(join(folder, step, file), "utf8");
        const isOld = existsSync(old) && readFileSync(old, "utf8") === text;
        if (!isOld) expect(pageOf(step), `${step}/${file}`).toContain(`**\`${file}\`**`);
      }
    }
  });

  it("links to the next one", () => {
    for (const [at, step] of steps.entries()) {
      const next = steps[at + 1];
      if (next !== undefined) expect(pageOf(step)).toContain(`](${next}.md)`);
    }
  });
});

it("the first page installs releases that compile decorators without configuration", () => {
  const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly devDependencies: Readonly<Record<"vitest" | "vite", string>>;
  };
  const majorOf = (name: "vitest" | "vite") => `${name}@${devDependencies[name].split(".")[0]}`;
  expect(pageOf("1-first-service")).toContain(`@types/node ${majorOf("vitest")} ${majorOf("vite")}\n`);
});

describe("step", () => {
  let broker: Broker;
  beforeAll(async () => {
    broker = await startBroker();
  });
  afterAll(() => broker.stop());

  const run = (step: string, variables: Readonly<Record<string, string>> = {}) =>
    startExample([`examples/tutorial/${step}/`], { TOMODACHI_AMQP_URL: broker.url, ...variables });

  it("1 handles the order that it publishes", async () => {
    const shop = run("1-first-service");
    await shop.says("order 1 over 12.5 was placed");
    expect(await shop.stop(), shop.output).toBe(0);
  });

  it("2 sends an order to shipping and learns of its shipment", async () => {
    const shop = run("2-contracts");
    await shop.says("order 1 was shipped in 2 parcels");
    expect(await shop.stop(), shop.output).toBe(0);
  });

  it("3 bills at the second attempt, and dead-letters an order that the bank refuses", async () => {
    const shop = run("3-failures");
    await shop.says("order 1 was paid at attempt 2");
    await shop.says("order 1 was shipped in 2 parcels");
    await until(() => shop.output.includes("the bank refuses 5000 for order 2"), { what: "the refusal" });
    expect(await shop.stop(), shop.output).toBe(0);
    expect(broker.overview()).toMatchObject({
      queues: expect.arrayContaining([
        expect.objectContaining({ name: expect.stringMatching(/bill.*\.dlq$/), ready: 1 }),
      ]),
    });
  });

  it("4 accepts orders by HTTP and calls shipping", async () => {
    const port = String(await freePort());
    const shop = run("4-http", { TOMODACHI_HTTP_PORT: port });
    await shop.says("service started", 3);
    await order(port, shop.says.bind(shop));
    expect(await shop.stop(), shop.output).toBe(0);
  });

  it("5 passes its tests, also with the bank that page 3 changes", async () => {
    const [, old, changed] = /In `bank.ts`, change (\d+) to (\d+)/.exec(pageOf("3-failures")) ?? [];
    const project = projectWith("5-tests", "tutorial-tests");
    const bank = join(project, "shop/bank.ts");
    const before = readFileSync(bank, "utf8");
    const after = before.replaceAll(`${old}`, `${changed}`);
    expect(after).not.toBe(before);
    writeFileSync(bank, after);
    expect(await testsIn(project)).toMatch(/Tests .*4 passed/);
  });

  it("6 compiles as its page says, and answers probes in production", async () => {
    const project = projectWith("5-tests", "tutorial");
    cpSync(join(folder, "6-production/tsconfig.json"), join(project, "tsconfig.json"));
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    await promisify(execFile)(process.execPath, [tsc, "-p", "."], { cwd: project });
    expect(readdirSync(join(project, "dist"))).not.toContain("shop.test.js");
    // The tests of step 5 still pass beside the files of this step.
    expect(await testsIn(project)).toMatch(/Tests .*4 passed/);
    const [http, operations] = [String(await freePort()), String(await freePort())];
    const shop = startExample([join(project, "dist/"), "--production"], {
      TOMODACHI_AMQP_URL: broker.url,
      TOMODACHI_HTTP_PORT: http,
      TOMODACHI_OPERATIONS_PORT: operations,
    });
    await shop.says("service started", 3);
    await order(http, shop.says.bind(shop));
    const probe = (path: string) => fetch(`http://127.0.0.1:${operations}${path}`);
    expect((await probe("/ready")).status).toBe(200);
    expect(await (await probe("/metrics")).text()).toContain("messaging_process_duration");
    expect(await shop.stop(), shop.output).toBe(0);
  });

  it("6 has a compose file whose shop waits for its broker, and has time to stop", () => {
    const { services } = parse(readFileSync(join(folder, "6-production/compose.yaml"), "utf8")) as {
      readonly services: { readonly shop: Readonly<Record<string, unknown>> };
    };
    expect(services.shop).toMatchObject({
      stop_grace_period: "30s",
      depends_on: { rabbitmq: { condition: "service_healthy" } },
    });
  });
});

/** A project as the reader has it, with the files of a step in `shop`; removed after the test. */
function projectWith(step: string, name: string): string {
  const project = join(root, ".docs-check", name);
  onTestFinished(() => rmSync(project, { recursive: true, force: true }));
  mkdirSync(project, { recursive: true });
  cpSync(join(folder, step), join(project, "shop"), { recursive: true });
  writeFileSync(join(project, "vitest.config.mjs"), "export default {};");
  return project;
}

/** What the tests of a project print. */
async function testsIn(project: string): Promise<string> {
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const { stdout } = await promisify(execFile)(process.execPath, [vitest, "run", "--root", project], { cwd: project });
  return stdout;
}

/** Places an order and waits until it is shipped. */
async function order(port: string, says: (message: string) => Promise<void>): Promise<void> {
  const url = `http://127.0.0.1:${port}`;
  const headers = { "content-type": "application/json" };
  const placed = await fetch(`${url}/orders`, { method: "POST", headers, body: '{"total":12.5}' });
  expect(placed.status).toBe(202);
  const { id } = (await placed.json()) as { readonly id: string };
  await says(`order ${id} was shipped in 2 parcels`);
  expect(await (await fetch(`${url}/orders/${id}`)).json()).toEqual({ id, state: "shipped" });
  expect(await (await fetch(`${url}/shipping/SE`)).json()).toEqual({ cents: 490 });
}
