// The page of the console in a real browser: what it shows, that it can be used without a mouse and with a screen reader, and that no
// payload can do anything in it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { amqp, amqpPublish, defineService, event, JsonBase, on, type Service } from "../../src/index.ts";
import { amqpUrl, connectForeign, until } from "../support/broker.ts";
import { type BrowserTab, describeWithBrowser, TestBrowser } from "../support/browser.ts";
import { createScope } from "../support/running.ts";
import { type ConsoleUnderTest, runWithConsole } from "./console-support.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

/** What axe finds that is more than minor, a line each. */
async function found(tab: BrowserTab): Promise<readonly string[]> {
  // By the protocol of the browser: the policy of the page runs no other script.
  await tab.page.evaluate(axe);
  const { violations } = (await tab.page.evaluate("axe.run(document)")) as AxeResult;
  return violations
    .filter(({ impact }) => impact !== "minor")
    .map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes[0]?.html}`);
}

const hostile = `<img src=x onerror="window.harmed=1"></script><script>window.harmed=1</script>`;

describeWithBrowser("the page of the console", () => {
  const scope = createScope();
  const orderPaid = event("order.{id}.paid", {
    schema: z.object({ total: z.number(), kind: z.enum(["web", "shop"]), note: z.string().optional() }),
  });
  const handled: { readonly total: number }[] = [];
  let fails = true;
  let open: ConsoleUnderTest;
  let service: Service;
  let browser: TestBrowser;
  const dead = `${scope.prefix}orders.dlq`;

  beforeAll(async () => {
    const orders = defineService({
      name: "orders",
      messageEnvelope: JsonBase,
      options: scope.options(),
      handlers: {
        onPaid: on(amqp(orderPaid, { queueName: "orders" }), async (order) => {
          if (fails) throw new TypeError(`the bank does not answer ${hostile}`);
          handled.push(order);
        }),
        onSlow: on(amqp("slow.#", { queueName: "slow", retry: { delays: ["1h"] } }), async () => {
          throw new Error("not now");
        }),
      },
    });
    open = await runWithConsole(orders);
    [service] = open.run.services as [Service];
    browser = await TestBrowser.open();
  }, 120_000);
  afterAll(async () => {
    await browser[Symbol.asyncDispose]();
    await open[Symbol.asyncDispose]();
  });

  async function openPage(options: Parameters<TestBrowser["tab"]>[0] = {}): Promise<BrowserTab> {
    const tab = await browser.tab(options);
    await tab.page.goto(open.address);
    await tab.page.getByText("running", { exact: true }).waitFor();
    return tab;
  }

  it("removes the token from the address, and shows the diagram", async () => {
    await using tab = await openPage();
    expect(tab.page.url()).toBe(`${open.origin}/#/flow`);
    await tab.page.getByText("order.{id}.paid").first().waitFor();
    await tab.page.getByText(`${scope.prefix}orders`, { exact: true }).waitFor();
    await tab.keep("console-flow");
    expect(tab.problems).toEqual([]);
  });

  it("explains a wrong token", async () => {
    await using tab = await browser.tab();
    await tab.page.goto(`${open.origin}/#a-wrong-token-of-somebody`);
    await tab.page.getByRole("heading", { name: "The token is missing or wrong" }).waitFor();
    expect(await found(tab)).toEqual([]);
  });

  it.each(["light", "dark"] as const)("has no problem that axe rates above minor, %s", async (colorScheme) => {
    await amqpPublish(service, orderPaid, { total: 1, kind: "web" }, { params: { id: "1" } });
    await amqpPublish(service, {}, { routingKey: "slow.one" });
    await using tab = await openPage({ colorScheme });
    await tab.page.getByRole("button", { name: /^dead letters/ }).waitFor();
    for (const name of ["Flow", "Messages", "Retries", "Dead letters", "Publish", "Logs"]) {
      await tab.page.getByRole("link", { name: new RegExp(`^${name}`) }).click();
      await tab.page.getByRole("heading", { name, level: 1 }).waitFor({ state: "attached" });
      if (name === "Dead letters") await tab.page.getByRole("heading", { name: /TypeError/ }).waitFor();
      expect({ name, found: await found(tab) }).toEqual({ name, found: [] });
      await tab.keep(`console-${name.replace(" ", "-").toLowerCase()}-${colorScheme}`);
    }
    await tab.page.getByRole("link", { name: /^Dead letters/ }).click();
    await tab.page.getByRole("button", { name: "order.1.paid" }).first().click();
    await tab.page.getByRole("button", { name: "Edit and replay", exact: true }).click();
    expect({ name: "sheet", found: await found(tab) }).toEqual({ name: "sheet", found: [] });
    expect(tab.problems).toEqual([]);
  });

  it("fits the width of a phone", async () => {
    await using tab = await openPage({ width: 390, height: 844 });
    for (const name of ["Flow", "Messages", "Retries", "Dead letters", "Publish", "Logs"]) {
      await tab.page.getByRole("link", { name: new RegExp(`^${name}`) }).click();
      await tab.page.getByRole("heading", { name, level: 1 }).waitFor({ state: "attached" });
      expect(await tab.page.evaluate("document.documentElement.scrollWidth")).toBe(390);
    }
  });

  it("shows payloads and errors as text, with any content", async () => {
    await using foreign = await connectForeign();
    const bodies = [
      Buffer.from(hostile),
      Buffer.from(JSON.stringify({ metadata: { data_encoding: "raw" }, data: { [hostile]: hostile } })),
      Buffer.from([0, 255, 254, 60, 115, 99, 114, 105, 112, 116, 62]),
      Buffer.alloc(1_000_000, "<b>"),
      Buffer.from(`{"metadata":{"data_encoding":"raw"},"data":${"[".repeat(5000)}${"]".repeat(5000)}}`),
    ];
    await using tab = await openPage();
    await tab.page.getByRole("link", { name: "Messages" }).click();
    for (const body of bodies) {
      const key = encodeURIComponent("<u>").slice(0, 3);
      await foreign.publish("amq.topic", `${scope.prefix}order.${key}<script>.paid`, body);
    }
    const rows = tab.page.getByRole("button", { name: "<script>.paid" });
    await until(async () => (await rows.count()) >= bodies.length, { what: "a row for each body" });
    for (let at = 0; at < bodies.length; at++) {
      await rows.nth(at).click();
      await tab.page
        .getByText(/^(?:\p{Lu}|The).*(?:fit|read|text|envelope|JSON|UTF-8|long)/u)
        .first()
        .waitFor();
      await tab.page.keyboard.press("Escape");
      await tab.page.getByRole("dialog").waitFor({ state: "hidden" });
    }
    expect(await tab.page.evaluate("window.harmed")).toBeUndefined();
    expect(tab.problems).toEqual([]);
  });

  it("corrects a dead letter and replays it, with the keyboard only", async () => {
    await amqpPublish(service, orderPaid, { total: 5, kind: "web" }, { params: { id: "5" } });
    await using tab = await openPage();
    const { page } = tab;
    await page.getByRole("link", { name: /^Dead letters/ }).focus();
    await page.keyboard.press("Enter");
    const button = page.getByRole("button", { name: "order.5.paid" });
    await until(
      async () => {
        if ((await button.count()) > 0) return true;
        await page.getByRole("button", { name: "Look again" }).press("Enter");
        return false;
      },
      { what: "the dead letter" },
    );
    fails = false;
    await button.press("Enter");
    await page.getByRole("button", { name: "Edit and replay", exact: true }).press("Enter");
    const body = page.getByLabel("The body");
    const text = await body.inputValue();
    await body.fill(text.replace('"total": 5', '"total": "five"'));
    await page.getByRole("button", { name: "Check and replay" }).press("Enter");
    await page.getByRole("alert").getByText("expected number").first().waitFor();
    await body.fill(text.replace('"total": 5', '"total": 500'));
    await page.getByRole("button", { name: "Check and replay" }).press("Enter");
    await page.getByText("1 message replayed.").waitFor();
    await until(() => handled.some(({ total }) => total === 500), { what: "the corrected order" });
    // The focus is back where it was, not at the top of the page.
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    fails = true;
  });

  it("publishes with a form that is built from the contract", async () => {
    fails = false;
    await using tab = await openPage();
    const { page } = tab;
    await page.getByRole("link", { name: "Publish" }).click();
    await page.getByLabel("id", { exact: true }).fill("77");
    await page.getByLabel("total").fill("77");
    await page.getByLabel("kind").selectOption("shop");
    await page.getByText("order.77.paid").waitFor();
    await page.getByRole("button", { name: "Publish" }).click();
    await page.getByText("Published as order.77.paid on amq.topic. The broker confirmed it.").waitFor();
    await until(() => handled.some(({ total }) => total === 77), { what: "the published order" });
    await page.getByLabel("total").fill("");
    await page.getByRole("button", { name: "Publish" }).click();
    await page.getByRole("alert").getByText("does not fit its schema").waitFor();
    fails = true;
  });

  it("changes a member of all dead letters of one cause, after a check, and replays them", async () => {
    fails = true;
    for (const id of ["31", "32"]) {
      await amqpPublish(service, orderPaid, { total: 30, kind: "web" }, { params: { id } });
    }
    await using tab = await openPage();
    const { page } = tab;
    await page.evaluate(`location.hash = "/dead-letters/${encodeURIComponent(dead)}"`);
    const rows = page.getByRole("button", { name: /order\.3[12]\.paid$/ });
    await until(
      async () => {
        if ((await rows.count()) === 2) return true;
        await page.getByRole("button", { name: "Look again" }).click();
        return false;
      },
      { what: "both dead letters" },
    );
    fails = false;
    await page
      .getByRole("region", { name: /^TypeError/ })
      .getByRole("button", { name: /^Edit and replay th/ })
      .click();
    const sheet = page.getByRole("dialog");
    await sheet.getByLabel("Member", { exact: true }).fill("data.total");
    await sheet.getByLabel("New value").fill("lots");
    await sheet.getByRole("button", { name: "Check" }).click();
    await sheet.getByText("would still be refused").waitFor();
    expect(await found(tab)).toEqual([]);
    await tab.keep("console-edit-several");
    await sheet.getByLabel("New value").fill("3100");
    await sheet.getByRole("button", { name: "Check" }).click();
    await sheet.getByText("will fit the schema").waitFor();
    await sheet.getByRole("button", { name: /^Replay/ }).click();
    await page.getByText(/messages? replayed\./).waitFor();
    await until(() => handled.filter(({ total }) => total === 3100).length >= 2, { what: "the changed orders" });
    expect(tab.problems).toEqual([]);
    fails = true;
  });

  it("replays all dead letters of one cause after a confirmation", async () => {
    await amqpPublish(service, orderPaid, { total: 8, kind: "web" }, { params: { id: "8" } });
    await using tab = await openPage();
    const { page } = tab;
    await tab.page.evaluate(`location.hash = "/dead-letters/${encodeURIComponent(dead)}"`);
    await until(
      async () => {
        if ((await page.getByRole("button", { name: "order.8.paid" }).count()) > 0) return true;
        await page.getByRole("button", { name: "Look again" }).click();
        return false;
      },
      { what: "the dead letter" },
    );
    fails = false;
    await page
      .getByRole("region", { name: /^TypeError/ })
      .getByRole("button", { name: /^Replay th/ })
      .click();
    await page
      .getByRole("dialog")
      .getByRole("button", { name: /^Replay/ })
      .click();
    await page.getByText(/messages? replayed\./).waitFor();
    await until(() => handled.some(({ total }) => total === 8), { what: "the replayed order" });
  });
});

it("has a broker for these tests", () => expect(amqpUrl === undefined || amqpUrl.startsWith("amqp")).toBe(true));
