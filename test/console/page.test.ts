// The page of the console in a real browser: what it shows, that it can be used without a mouse and with a screen reader, and that no
// payload can do anything in it.
import { afterAll, beforeAll, expect, it } from "vitest";
import { amqpUrl, connectForeign, until } from "../support/broker.ts";
import { describeWithBrowser } from "../support/browser.ts";
import { found, hostile, PageUnderTest } from "./page-support.ts";

/** The buttons and links that a finger in their middle reaches, by their text. */
const reachable = `[...document.querySelectorAll("button, a, select, summary")].filter((one) => {
  const { left, top, width, height } = one.getBoundingClientRect();
  return one.contains(document.elementFromPoint(left + width / 2, top + height / 2));
}).map((one) => one.textContent.trim())`;

/** Buttons and links that the words of the page lie over, by their text. */
const covered = `[...document.querySelectorAll("button, a, select, summary")].filter((one) => {
  const said = document.querySelector(".said").getBoundingClientRect();
  const { left, top, width, height } = one.getBoundingClientRect();
  const [x, y] = [left + width / 2, top + height / 2];
  return y >= said.top && y <= said.bottom && x >= said.left && x <= said.right;
}).map((one) => one.textContent.trim())`;

describeWithBrowser("the page of the console", () => {
  const shop = new PageUnderTest();
  beforeAll(() => shop.open(), 120_000);
  afterAll(() => shop[Symbol.asyncDispose]());

  it("removes the token from the address, and shows the diagram", async () => {
    await using tab = await shop.tab();
    expect(tab.page.url()).toBe(`${shop.console.origin}/#/flow`);
    await tab.page.getByText("order.{id}.paid").first().waitFor();
    await tab.page.getByText(`${shop.scope.prefix}orders`, { exact: true }).waitFor();
    await tab.page.getByText(/^Done, failed and published messages are counted since \d\d:\d\d: /).waitFor();
    await tab.page.getByRole("button", { name: "Theme: auto" }).click();
    await tab.page.getByText("Theme: light", { exact: true }).waitFor();
    await tab.keep("console-flow");
    expect(tab.problems).toEqual([]);
  });

  it("explains a wrong token", async () => {
    await using tab = await shop.browser.tab();
    await tab.page.goto(`${shop.console.origin}/#a-wrong-token-of-somebody`);
    await tab.page.getByRole("heading", { name: "The token is missing or wrong" }).waitFor();
    expect(await found(tab)).toEqual([]);
  });

  it.each(["light", "dark"] as const)("has no problem that axe rates above minor, %s", async (colorScheme) => {
    await shop.publish("1", 1);
    await shop.publishSlow();
    await using tab = await shop.tab({ colorScheme });
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

  it.each(["light", "dark"] as const)(
    "is as wide as a phone, with rows as cards that stay rows for a screen reader, %s",
    async (colorScheme) => {
      await using tab = await shop.tab({ width: 390, height: 844, colorScheme });
      const { page } = tab;
      await shop.publish("1", 1);
      await shop.publishSlow();
      await page.getByRole("button", { name: /^dead letters/ }).waitFor();
      for (const name of ["Flow", "Messages", "Retries", "Dead letters", "Publish", "Logs"]) {
        await page.getByRole("link", { name: new RegExp(`^${name}`) }).click();
        await page.getByRole("heading", { name, level: 1 }).waitFor({ state: "attached" });
        if (name === "Dead letters") await page.getByRole("heading", { name: /TypeError/ }).waitFor();
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
        const wide =
          "[...document.querySelectorAll('.scroll')].filter((one) => one.scrollWidth > one.clientWidth).length";
        expect({ name, wide: await page.evaluate(wide) }).toEqual({ name, wide: 0 });
        expect({ name, found: await found(tab) }).toEqual({ name, found: [] });
        await tab.keep(`console-${name.replace(" ", "-").toLowerCase()}-phone-${colorScheme}`);
        if (!["Messages", "Retries", "Dead letters"].includes(name)) continue;
        const table = page.getByRole("table").first();
        await table.getByRole("columnheader", { name: "Routing key" }).waitFor({ state: "attached" });
        await table.getByRole("row").nth(1).getByRole("cell").first().waitFor();
      }
    },
  );

  it("shows payloads and errors as text, with any content", async () => {
    await using foreign = await connectForeign();
    const bodies = [
      Buffer.from(hostile),
      Buffer.from(JSON.stringify({ metadata: { data_encoding: "raw" }, data: { [hostile]: hostile } })),
      Buffer.from([0, 255, 254, 60, 115, 99, 114, 105, 112, 116, 62]),
      Buffer.alloc(1_000_000, "<b>"),
      Buffer.from(`{"metadata":{"data_encoding":"raw"},"data":${"[".repeat(5000)}${"]".repeat(5000)}}`),
    ];
    await using tab = await shop.tab();
    await tab.page.getByRole("link", { name: "Messages" }).click();
    for (const body of bodies) {
      const key = encodeURIComponent("<u>").slice(0, 3);
      await foreign.publish("amq.topic", `${shop.scope.prefix}order.${key}<script>.paid`, body);
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

  it("suggests the key that was probably meant, if a publish reaches no queue", async () => {
    await using tab = await shop.tab();
    const { page } = tab;
    await page.getByRole("link", { name: "Publish" }).click();
    await page.locator("#target").selectOption({ label: "slow.# (orders.onSlow)" });
    await page.locator("#key").fill("solw.one");
    await page.getByRole("button", { name: "Publish", exact: true }).click();
    await page.getByText('so the message is lost. Did you mean "slow.one"?').waitFor();
  });

  it("publishes with a form that is built from the contract", async () => {
    shop.fails = false;
    await using tab = await shop.tab();
    const { page } = tab;
    await page.getByRole("link", { name: "Publish" }).click();
    await page.getByLabel("id", { exact: true }).fill("77");
    await page.getByLabel("total").fill("77");
    await page.getByLabel("kind").selectOption("shop");
    await page.getByText("order.77.paid").waitFor();
    await page.getByRole("button", { name: "Publish" }).click();
    await page.getByText("Published as order.77.paid on amq.topic. The broker confirmed it.").waitFor();
    await until(() => shop.handled.some(({ total }) => total === 77), { what: "the published order" });
    await page.getByRole("link", { name: "Messages" }).click();
    await page.getByRole("heading", { name: "Messages", level: 1 }).waitFor();
    expect(await page.getByText("The broker confirmed it.").count()).toBe(0);
    await page.getByRole("button", { name: "order.77.paid" }).first().click();
    const first = page.getByRole("dialog").locator(".way li").first();
    await first.getByText("Published by tomodachi console to amq.topic").waitFor();
    expect(await first.locator(".when").textContent()).toMatch(/^\d\d:\d\d:\d\d$/);
    await page.keyboard.press("Escape");
    await page.getByRole("link", { name: "Publish" }).click();
    await page.getByLabel("id", { exact: true }).fill("77");
    await page.getByLabel("kind").selectOption("shop");
    await page.getByLabel("total").fill("");
    await page.getByRole("button", { name: "Publish" }).click();
    await page.getByRole("alert").getByText("does not fit its schema").waitFor();
    await page.getByRole("button", { name: "Publish anyway" }).waitFor();
    expect(await found(tab)).toEqual([]);
    await tab.keep("console-publish-refused");
    // Another text is checked again.
    await page.getByLabel("total").fill("78");
    await page.getByRole("button", { name: "Publish", exact: true }).waitFor();
    await page.getByLabel("total").fill("");
    await page.getByRole("button", { name: "Publish anyway" }).click();
    await page.getByText("Published as order.77.paid on amq.topic. The broker confirmed it.").waitFor();
    shop.fails = true;
  });

  it.each([
    ["light", 1280],
    ["dark", 390],
  ] as const)("shows what happens to a message that was published, %s, %i px wide", async (colorScheme, width) => {
    await using tab = await shop.tab({ colorScheme, width });
    const { page } = tab;
    await page.getByRole("link", { name: "Publish" }).click();
    await page.getByLabel("Contract or pattern").selectOption(`orders ${shop.scope.prefix}slow`);
    await page.getByLabel("Key", { exact: true }).fill(`slow.${width}`);
    await page.getByRole("button", { name: "Publish", exact: true }).click();
    const section = page.getByRole("status").filter({ hasText: `What happens to slow.${width}` });
    await section.getByText("put it into at least one queue").waitFor();
    const run = section.getByRole("listitem").filter({ hasText: "orders.onSlow, attempt 1" });
    await run.getByText("retry", { exact: true }).waitFor();
    await run.getByText("Error: not now").waitFor();
    expect(await section.getByRole("listitem").count()).toBe(1);
    expect(await found(tab)).toEqual([]);
    await page.evaluate("scrollTo(0, document.documentElement.scrollHeight)");
    await tab.keep(`console-published-${colorScheme}`);
    await run.getByRole("button").click();
    await page
      .getByRole("dialog")
      .getByRole("heading", { name: `slow.${width}` })
      .waitFor();
    await page.keyboard.press("Escape");
    // Another attempt removes it, also one that publishes nothing.
    await page.getByLabel("JSON", { exact: true }).fill("{");
    await page.getByRole("button", { name: "Publish", exact: true }).click();
    await page.getByRole("alert").getByText("The data is not JSON").waitFor();
    expect(await section.count()).toBe(0);
  });

  it("says before a publish that the handler does not receive the typed key", async () => {
    await using tab = await shop.tab();
    const { page } = tab;
    await page.getByRole("link", { name: "Publish" }).click();
    await page.getByLabel("Contract or pattern").selectOption(`orders ${shop.scope.prefix}slow`);
    const hint = page.getByText(/does not receive this key/);
    expect(await hint.count()).toBe(0);
    await page.getByLabel("Key", { exact: true }).fill("slwo.1");
    await hint.waitFor();
    expect(await hint.textContent()).toBe(
      'orders.onSlow does not receive this key: word 1 of "slow.#" is "slow", and the key has "slwo".',
    );
    expect(await found(tab)).toEqual([]);
    await tab.keep("console-publish-key");
    await page.getByLabel("Key", { exact: true }).fill("slow.2");
    await hint.waitFor({ state: "detached" });
  });

  it("removes the report of a publish at the next attempt", async () => {
    await using tab = await shop.tab();
    const { page } = tab;
    await page.getByRole("link", { name: "Publish" }).click();
    await page.getByLabel("Contract or pattern").selectOption(`orders ${shop.scope.prefix}slow`);
    await page.getByRole("button", { name: "Publish", exact: true }).click();
    await page.getByText("The broker confirmed it.").waitFor();
    const json = page.getByLabel("JSON", { exact: true });
    expect(await json.getAttribute("spellcheck")).toBe("false");
    await json.fill("{");
    await page.getByRole("button", { name: "Publish", exact: true }).click();
    await page.getByRole("alert").getByText("The data is not JSON").waitFor();
    expect(await page.getByText("The broker confirmed it.").count()).toBe(0);
    expect(await page.locator(".said p").isVisible()).toBe(false);
    await tab.keep("console-publish-not-json");
  });

  it("says that the time of a message is the end of its run", async () => {
    await using tab = await shop.tab();
    const { page } = tab;
    await page.getByRole("link", { name: "Messages" }).click();
    await shop.publish("5", 5);
    await page.getByRole("columnheader", { name: "Ended" }).waitFor();
    const row = page.getByRole("row").filter({ hasText: "orders.onPaid" }).filter({ hasText: "order.5.paid" });
    const time = await row.getByText(/^\d\d:\d\d:\d\d\.\d{3}$/).textContent();
    await row.getByRole("button", { name: "order.5.paid" }).click();
    await page.getByRole("dialog").getByText(`Ended ${time}`, { exact: true }).waitFor();
    await tab.keep("console-message");
  });

  it("filters the log by level, and names the source of a line before its text", async () => {
    await using tab = await shop.tab();
    const { page } = tab;
    await page.getByRole("link", { name: "Logs" }).click();
    await shop.publish("6", 6);
    const level = page.getByLabel("Level of the shown lines");
    expect(await level.locator("option:checked").textContent()).toBe("all levels");
    await level.selectOption("warn and above");
    const text = page.getByRole("region", { name: "Log lines" }).locator(".text").last();
    await text.waitFor();
    expect(await text.textContent()).toMatch(/^orders\.onPaid \S/);
    await tab.keep("console-logs-warnings");
  });

  it("covers no button of a phone when it says what was done", async () => {
    await using tab = await shop.tab({ width: 390, height: 600 });
    const { page } = tab;
    const button = page.getByRole("button", { name: "Publish", exact: true });
    for (const place of ["0", "document.documentElement.scrollHeight"]) {
      await page.getByRole("link", { name: "Messages" }).click();
      await page.getByRole("link", { name: "Publish" }).click();
      await page.getByLabel("Contract or pattern").selectOption(`orders ${shop.scope.prefix}slow`);
      await button.focus();
      await page.evaluate(`scrollTo(0, ${place})`);
      await page.keyboard.press("Enter");
      await page.getByText("The broker confirmed it.").waitFor();
      expect({ place, covered: await page.evaluate(covered) }).toEqual({ place, covered: [] });
      // What it moved out of sight is reached by scrolling.
      await button.scrollIntoViewIfNeeded();
      expect(await page.evaluate(reachable)).toContain("Publish");
    }
  });
});

it("the console tests have a broker", () => expect(amqpUrl === undefined || amqpUrl.startsWith("amqp")).toBe(true));
