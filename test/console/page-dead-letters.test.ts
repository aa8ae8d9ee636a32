// Dead letters on the page, in a real browser: corrected, changed, replayed and deleted.
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { counted } from "../../src/console/view/show-time.ts";
import { until } from "../support/broker.ts";
import { describeWithBrowser } from "../support/browser.ts";
import { found, PageUnderTest } from "./page-support.ts";

/** How many dead letters the look found, and from now on each text about that: of the look, of the queue, of the view. */
async function watchCounts(page: Page): Promise<{ readonly count: number; texts(): Promise<readonly string[]> }> {
  const text = `["main .tools p", "main .tabs [aria-pressed=true] .count", "nav .count.dead-letters"]
    .map((place) => document.querySelector(place)?.textContent.trim().replace(/\\s+/g, " ")).join(" | ")`;
  await page.evaluate(`window.seenCounts = [];
    new MutationObserver(() => window.seenCounts.push(${text})).observe(document.body, {
      subtree: true, childList: true, characterData: true,
    })`);
  const [, count = ""] = / of (\d+) messages?\./.exec(String(await page.evaluate(text))) ?? [];
  return { count: Number(count), texts: async () => (await page.evaluate("window.seenCounts")) as readonly string[] };
}

describeWithBrowser("dead letters on the page of the console", () => {
  const shop = new PageUnderTest();
  beforeAll(() => shop.open(), 120_000);
  afterAll(() => shop[Symbol.asyncDispose]());

  it("corrects a dead letter and replays it, with the keyboard only", async () => {
    await shop.publish("5", 5);
    await using tab = await shop.tab();
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
    shop.fails = false;
    await button.press("Enter");
    await page.getByRole("button", { name: "Edit and replay", exact: true }).press("Enter");
    const sheet = page.getByRole("dialog");
    expect(await sheet.getByLabel("total").inputValue()).toBe("5");
    expect(await found(tab)).toEqual([]);
    await tab.keep("console-edit-fields");
    await sheet.getByRole("button", { name: "Show JSON" }).press("Enter");
    const body = sheet.getByLabel("The data");
    const text = await body.inputValue();
    expect(text).toBe('{\n  "total": 5,\n  "kind": "web"\n}');
    await body.fill(text.replace('"total": 5', '"total": "five"'));
    await sheet.getByRole("button", { name: "Replay", exact: true }).press("Enter");
    await sheet.getByRole("alert").getByText("expected number").first().waitFor();
    await sheet.getByRole("button", { name: "Replay anyway" }).waitFor();
    await tab.keep("console-edit-refused");
    await sheet.getByRole("button", { name: "Show fields" }).press("Enter");
    await sheet.getByLabel("total").fill("500");
    await sheet.getByRole("button", { name: "Replay", exact: true }).press("Enter");
    await page.getByText("1 message sent again to its queue: 1 handled.").waitFor();
    await until(() => shop.handled.some(({ total }) => total === 500), { what: "the corrected order" });
    // The focus is back where it was, not at the top of the page.
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    shop.fails = true;
  });

  it("edits only the data of a message without a schema, and keeps its envelope", async () => {
    shop.fails = true;
    await shop.publishNote("1", { text: "milk", n: 1 });
    await using tab = await shop.tab();
    const { page } = tab;
    await shop.lookFor(tab, /note\.1$/, 1, `${shop.scope.prefix}notes.dlq`);
    await page.getByRole("button", { name: /note\.1$/ }).click();
    await page.getByRole("button", { name: "Edit and replay", exact: true }).click();
    const sheet = page.getByRole("dialog");
    const data = sheet.getByLabel("The data", { exact: true });
    expect(await data.inputValue()).toBe('{\n  "text": "milk",\n  "n": 1\n}');
    await sheet.getByText("The envelope around the data stays as it is.").waitFor();
    expect(await found(tab)).toEqual([]);
    await tab.keep("console-edit-data");
    await sheet.getByRole("button", { name: "Show the whole body" }).click();
    const body = JSON.parse(await sheet.getByLabel("The body", { exact: true }).inputValue());
    expect(body).toMatchObject({ data: { text: "milk", n: 1 }, metadata: { topic: "note.1" } });
    await tab.keep("console-edit-body");
    await sheet.getByRole("button", { name: "Show only the data" }).click();
    await data.fill("{");
    await sheet.getByRole("button", { name: "Replay", exact: true }).click();
    await sheet.getByRole("button", { name: "Replay anyway" }).waitFor();
    expect(await data.inputValue()).toBe("{");
    await data.fill('{ "text": "bread" }');
    shop.fails = false;
    await sheet.getByRole("button", { name: "Replay", exact: true }).click();
    await page.getByText("1 message sent again to its queue: 1 handled.").waitFor();
    expect(shop.notes).toEqual([{ text: "bread" }]);
    shop.fails = true;
  });

  it("changes a member of all dead letters of one cause, after a check, and replays them", async () => {
    shop.fails = true;
    for (const id of ["31", "32"]) {
      await shop.publish(id, 30);
    }
    await using tab = await shop.tab();
    const { page } = tab;
    await shop.lookFor(tab, /order\.3[12]\.paid$/, 2);
    shop.fails = false;
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
    await page.getByText(/sent again to .*: \d handled\./).waitFor();
    await until(() => shop.handled.filter(({ total }) => total === 3100).length >= 2, { what: "the changed orders" });
    expect(tab.problems).toEqual([]);
    shop.fails = true;
  });

  it("deletes chosen dead letters after a question, and then one more", async () => {
    shop.fails = true;
    for (const id of ["41", "42"]) await shop.publish(id, 4);
    await using tab = await shop.tab();
    const { page } = tab;
    const rows = page.getByRole("button", { name: /order\.4[123]\.paid$/ });
    await shop.lookFor(tab, /order\.4[12]\.paid$/, 2);
    for (const id of ["41", "42"])
      await page.getByRole("checkbox", { name: new RegExp(`order\\.${id}\\.paid`) }).check();
    const group = page.getByRole("region", { name: /^TypeError/ });
    await group.getByRole("button", { name: "Delete 2 selected" }).waitFor();
    // A new look keeps what was selected, also after a look for which the broker had not put the messages back yet.
    const nothing = { queue: shop.dead, messages: 0, looked: 0, lookedAt: Date.now(), groups: [] };
    await page.route("**/api/dead-letters?*", (route) => route.fulfill({ json: nothing }), { times: 1 });
    await page.getByRole("button", { name: "Look again" }).click();
    await page.getByText("This queue is empty.").waitFor();
    await shop.publish("43", 4);
    await shop.lookFor(tab, /order\.4[123]\.paid$/, 3);
    await group.getByRole("button", { name: "Delete 2 selected" }).click();
    const question = page.getByRole("dialog", { name: "Delete 2 messages?" });
    await question.getByText("This cannot be undone.").waitFor();
    expect(await found(tab)).toEqual([]);
    await tab.keep("console-delete");
    await question.getByRole("button", { name: "Cancel" }).click();
    expect(await rows.count()).toBe(3);
    await group.getByRole("button", { name: "Delete 2 selected" }).click();
    const { count, texts } = await watchCounts(page);
    await question.getByRole("button", { name: "Delete 2" }).click();
    await page.getByText("2 messages deleted.").waitFor();
    await until(async () => (await rows.count()) === 1, { what: "the one that stays" });
    // From the moment of the new look all counts are its own.
    const left = count - 2;
    const after = (await texts()).filter((text) => text.includes(` of ${counted(left, "message")}.`));
    expect(after.length).toBeGreaterThan(0);
    for (const text of after) expect(text).toMatch(new RegExp(`messages?\\. \\| ${left} \\| ${left}$`));
    await rows.first().click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog", { name: "Delete 1 message?" }).getByRole("button", { name: "Delete 1" }).click();
    await page.getByText("1 message deleted.").waitFor();
    await until(async () => (await rows.count()) === 0, { what: "none of them" });
    expect(tab.problems).toEqual([]);
  });

  it("says that a replay failed again", async () => {
    shop.fails = true;
    await shop.publish("6", 6);
    await using tab = await shop.tab();
    const { page } = tab;
    const row = page.getByRole("button", { name: "order.6.paid" });
    await shop.lookFor(tab, /order\.6\.paid$/, 1);
    await row.click();
    await page.getByRole("button", { name: "Replay", exact: true }).click();
    await page.getByText("1 message sent again to its queue: 1 failed again and is a dead letter again.").waitFor();
    await tab.keep("console-failed-again");
    await row.waitFor();
  });

  it("replays all dead letters of one cause after a confirmation", async () => {
    await shop.publish("8", 8);
    await using tab = await shop.tab();
    const { page } = tab;
    await shop.lookFor(tab, /order\.8\.paid$/, 1);
    shop.fails = false;
    await page
      .getByRole("region", { name: /^TypeError/ })
      .getByRole("button", { name: /^Replay th/ })
      .click();
    await page
      .getByRole("dialog")
      .getByRole("button", { name: /^Replay/ })
      .click();
    await page.getByText(/sent again to .*: \d handled\./).waitFor();
    await until(() => shop.handled.some(({ total }) => total === 8), { what: "the replayed order" });
  });
});
