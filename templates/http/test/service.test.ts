import { startService } from "tomodachi/testing";
import { expect, it } from "vitest";
import { TemplateService } from "../src/service.ts";

it("places an order and shows it", async () => {
  await using app = await startService(TemplateService);
  const placed = await app.http.post("/orders", { body: { id: "42", total: 25 } });
  expect(placed.status).toBe(202);
  await app.handled("onPlaced");
  const shown = await app.http.get("/orders/42");
  expect([shown.status, shown.json()]).toEqual([200, { id: "42", total: 25 }]);
});

it("refuses what is no order", async () => {
  await using app = await startService(TemplateService);
  expect((await app.http.post("/orders", { body: { id: 5 } })).status).toBe(400);
  expect((await app.http.get("/orders/unknown")).status).toBe(404);
});
