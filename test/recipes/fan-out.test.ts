/** The recipe of fan-out: one event, two instances of each receiver. */
import { expect, it } from "vitest";
import { describeWithBroker, until } from "../support/broker.ts";
import { countOf, openRecipeBroker } from "./recipe-broker.ts";

describeWithBroker("the recipe of fan-out", () => {
  it("reaches one instance of the service that competes, and all of the other one", async () => {
    const broker = await openRecipeBroker();
    const both = [1, 2].map(() => broker.run("fan-out/"));
    for (const one of both) await one.says("service started", 3);
    await broker.publish("catalog.set-price", "bread 270");
    for (const one of both) await one.says("this instance shows bread for 270");
    const indexed = () => both.reduce((sum, one) => sum + countOf(one, "the index has bread for 270"), 0);
    await until(() => indexed() > 0, { what: "the index", timeoutMs: 30_000 });
    for (const one of both) expect(await one.stop(), one.output).toBe(0);
    expect(indexed()).toBe(1);
    expect(both.map((one) => countOf(one, "this instance shows bread for 270"))).toEqual([1, 1]);
  });
});
