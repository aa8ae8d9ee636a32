// The picture of the console with 20 queues: low rows, and nothing beyond the width of a phone.
import { expect, it } from "vitest";
import { amqp, defineService, on } from "../../src/index.ts";
import { describeWithBrowser, TestBrowser } from "../support/browser.ts";
import { createScope } from "../support/running.ts";
import { runWithConsole } from "./console-support.ts";
import { found } from "./page-support.ts";

const queues = 20;
/** A row with a key of three lines, without anything that waits or failed, in pixels. */
const tallestRow = 95;

describeWithBrowser("the picture of many queues", () => {
  it("has low rows, breaks long keys after their dots, and fits the width of a phone", async () => {
    const names = Array.from({ length: queues }, (_, at) => `step-${at + 1}`);
    const handlers = Object.fromEntries(
      names.map((name, at) => [
        `onStep${at + 1}`,
        on(amqp(`a.long.routing.key.of.the.order.${name}.*.completed`, { queueName: name }), async () => {}),
      ]),
    );
    const service = defineService({ name: "steps", options: createScope().options(), handlers });
    await using open = await runWithConsole(service);
    await using browser = await TestBrowser.open();
    await using tab = await browser.tab();
    const { page } = tab;
    await page.goto(open.address);
    await page.getByText(`onStep${queues}`).waitFor();
    await page
      .getByText("0 messages waiting, 1 consumer")
      .nth(queues - 1)
      .waitFor();
    const lanes = page.locator(".lanes");
    expect((await lanes.boundingBox())?.height).toBeLessThan(queues * tallestRow);
    expect(await lanes.locator(".keys wbr").count()).toBeGreaterThan(queues);
    expect(await found(tab)).toEqual([]);
    await tab.keep("console-many-queues");
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
    await tab.keep("console-many-queues-phone");
  });
});
