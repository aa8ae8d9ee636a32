import { startService } from "tomodachi/testing";
import { expect, it } from "vitest";
import { orderPlaced } from "../src/contracts.ts";
import { TemplateService } from "../src/service.ts";

it("confirms an order", async () => {
  await using app = await startService(TemplateService);
  await app.publish(orderPlaced, { customer: "Ann", total: 25 }, { params: { id: "42" } });
  await app.handled("onOrderPlaced");
  expect(app.published("order.*.confirmed")).toMatchObject([
    { routingKey: "order.42.confirmed", data: { customer: "Ann", points: 2 } },
  ]);
});

it("dead-letters an order that does not fit the contract", async () => {
  await using app = await startService(TemplateService);
  await app.publish({ customer: "", total: -1 }, { routingKey: "order.43.placed" });
  await app.idle();
  expect(await app.deadLetters("onOrderPlaced")).toMatchObject([{ reason: "schema" }]);
});
