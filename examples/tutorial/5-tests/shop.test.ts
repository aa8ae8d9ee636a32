import { createVirtualClock, startService } from "tomodachi/testing";
import { expect, test } from "vitest";
import { Billing } from "./billing.service.ts";
import { Orders } from "./orders.service.ts";
import { Shipping } from "./shipping.service.ts";

const shop = [Orders, Billing, Shipping] as const;

test("an order is billed, although the bank does not answer at first, and shipped", async () => {
  await using app = await startService(shop, { clock: createVirtualClock() });
  const answer = await app.http.post("/orders", { body: { total: 12.5 } });
  expect(answer.status).toBe(202);

  // The first attempt fails. The retry waits one second, but the test does not have to wait.
  await app.handled("bill", { outcome: "retry" });
  await app.clock.advance("1s");
  const { context } = await app.handled("bill");
  expect(context.attempt).toBe(2);
  const { data } = await app.handled("onShipped");
  expect(data).toEqual({ parcels: 2 });
});

test("an order that the bank refuses is dead-lettered at once, and never shipped", async () => {
  await using app = await startService(shop);
  await app.http.post("/orders", { body: { total: 50_000 } });

  expect(await app.deadLetters("bill", { count: 1 })).toMatchObject([{ reason: "rejected", data: { total: 50_000 } }]);
  expect(app.published("order.*.paid")).toEqual([]);
});

test("an invalid order is refused before anything is published", async () => {
  await using app = await startService(shop);
  const answer = await app.http.post("/orders", { body: { total: -1 } });
  expect(answer.status).toBe(400);
  expect(app.published()).toEqual([]);
});

test("the delivery cost comes from shipping", async () => {
  await using app = await startService(shop);
  const answer = await app.http.get("/shipping/SE");
  expect(answer.json()).toEqual({ cents: 490 });
});
