// The page on a phone with keys, ids and errors as long as AMQP allows: nothing is wider than the screen, and a card stays short.
import { afterAll, beforeAll, expect, it } from "vitest";
import { connectForeign } from "../support/broker.ts";
import { describeWithBrowser } from "../support/browser.ts";
import { found, PageUnderTest } from "./page-support.ts";

const width = 390;
/** The tallest row of a table: a card with a key and an error of three lines each. */
const tallestCard = 260;

/** Elements that reach beyond the screen, by their names. What scrolls by itself may, and so may what only a screen reader sees. */
const beyond = `[...document.querySelectorAll("body *")].filter((one) => {
  if (one.closest("pre, .unseen, .skip, thead, option")) return false;
  const { right, width } = one.getBoundingClientRect();
  return width > 0 && right > ${width} + 0.5;
}).map((one) => one.tagName + "." + one.className + " " + one.textContent.trim().slice(0, 60))`;

const cards = `[...document.querySelectorAll("tbody tr")].map((one) => one.getBoundingClientRect().height)`;

/** The first id of the list, as it is copied when a user selects it. */
const copiedId = `(() => {
  const selection = getSelection();
  selection.selectAllChildren(document.querySelector("td.id span"));
  return selection.toString();
})()`;

/** Whether the second part of the first id begins where it is seen. */
const showsSecondPart = `(() => {
  const cell = document.querySelector("td.id");
  const rest = document.createRange();
  rest.selectNode(cell.querySelector(".sender").nextSibling);
  const { left, right } = cell.getBoundingClientRect();
  return rest.getBoundingClientRect().left > left && rest.getBoundingClientRect().left + 100 < right;
})()`;

describeWithBrowser("the page of the console on a phone, with long values", () => {
  const shop = new PageUnderTest();
  const id = `id-${"0123456789abcdef".repeat(15)}`;
  beforeAll(() => shop.open(), 120_000);
  afterAll(() => shop[Symbol.asyncDispose]());

  it.each(["light", "dark"] as const)(
    "shows nothing beyond the screen, and cards that are not long, %s",
    async (colorScheme) => {
      await using foreign = await connectForeign();
      await using tab = await shop.tab({ width, height: 844, colorScheme });
      const { page } = tab;
      const body = JSON.stringify({ metadata: { data_encoding: "raw" }, data: { total: 1, kind: "web" } });
      const properties = { messageId: id, headers: { [`x-${"h".repeat(100)}`]: "v".repeat(500) } };
      for (const key of [`order.${"k".repeat(180)}.paid`, `slow.${"a-b.".repeat(40)}end`]) {
        await foreign.publish("amq.topic", shop.scope.prefix + key, body, properties);
      }
      await shop.lookFor(tab, /k{180}/, colorScheme === "light" ? 1 : 2);
      for (const name of ["Dead letters", "Messages", "Retries", "Flow", "Publish", "Logs"]) {
        await page.getByRole("link", { name: new RegExp(`^${name}`) }).click();
        await page.getByRole("heading", { name, level: 1 }).waitFor({ state: "attached" });
        if (["Dead letters", "Messages", "Retries"].includes(name)) await page.getByRole("row").nth(1).waitFor();
        await tab.keep(`console-long-${name.replace(" ", "-").toLowerCase()}-phone-${colorScheme}`);
        expect({ name, beyond: await page.evaluate(beyond) }).toEqual({ name, beyond: [] });
        const heights = (await page.evaluate(cards)) as number[];
        expect({ name, tall: heights.filter((height) => height > tallestCard) }).toEqual({ name, tall: [] });
        expect({ name, found: await found(tab) }).toEqual({ name, found: [] });
      }
      // The opened message has all of it.
      for (const name of ["Messages", "Dead letters"]) {
        await page.getByRole("link", { name: new RegExp(`^${name}`) }).click();
        await page
          .getByRole("button", { name: /k{180}/ })
          .first()
          .click();
        const sheet = page.getByRole("dialog");
        await sheet.getByText(id, { exact: true }).first().waitFor();
        await sheet.getByText(/^Headers, /).click();
        await tab.keep(`console-long-sheet-${name.replace(" ", "-").toLowerCase()}-${colorScheme}`);
        expect({ name: `sheet of ${name}`, beyond: await page.evaluate(beyond) }).toEqual({
          name: `sheet of ${name}`,
          beyond: [],
        });
        await page.keyboard.press("Escape");
      }
    },
  );

  it.each([width, 1280])("cuts the part of an id that all messages of a sender share, %i px wide", async (pixels) => {
    await shop.publish(`${pixels}`, 1);
    await using tab = await shop.tab({ width: pixels });
    const { page } = tab;
    await shop.lookFor(tab, new RegExp(`order\\.${pixels}\\.paid$`), 1);
    expect(await page.evaluate(copiedId)).toMatch(/^[\da-f-]{36}\.[\da-f-]{36}$/);
    expect(await page.evaluate(showsSecondPart)).toBe(true);
    await tab.keep(`console-id-${pixels}`);
  });
});
