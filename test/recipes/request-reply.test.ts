/** The recipe of request and reply: an answer, an error that is an answer, and no answer. */
import { expect, it } from "vitest";
import { freePort } from "../cli/free-port.ts";
import { describeWithBroker } from "../support/broker.ts";
import { openRecipeBroker } from "./recipe-broker.ts";

describeWithBroker("the recipe of request and reply", () => {
  it("shows the last known price while the other service is stopped", async () => {
    const broker = await openRecipeBroker();
    const port = String(await freePort());
    const prices = broker.run("request-reply/prices.service.ts");
    const shop = broker.run("request-reply/shop.service.ts", { TOMODACHI_HTTP_PORT: port });
    for (const one of [prices, shop]) await one.says("service started");
    const price = (article: string) => fetch(`http://127.0.0.1:${port}/prices/${article}`);

    expect(await (await price("bread")).json()).toEqual({ cents: 250, isOld: false });
    expect((await price("gold")).status).toBe(404);
    expect(await prices.stop(), prices.output).toBe(0);
    expect(await (await price("bread")).json()).toEqual({ cents: 250, isOld: true });
    // It never received this price, so it cannot show one.
    expect((await price("milk")).status).toBe(500);
    expect(await shop.stop(), shop.output).toBe(0);
  });
});
