import { startService } from "tomodachi/testing";
import { expect, test } from "vitest";
import { Billing } from "./after.ts";

test("bills what was placed, and dead-letters what has no price", async () => {
  await using app = await startService(Billing);
  await app.publish({ id: 1, article: "bread" }, { routingKey: "order.placed" });
  expect(await app.nextPublished("order.billed")).toMatchObject({ data: { id: 1, cents: 250 } });

  await app.publish({ id: 2, article: "gold" }, { routingKey: "order.placed" });
  const [dead] = await app.deadLetters("onPlaced", { count: 1, timeout: "20s" });
  expect(dead).toMatchObject({ reason: "handler-error", error: { message: "gold has no price" } });
});
