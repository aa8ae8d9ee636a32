import { startService } from "tomodachi/testing";
import { expect, test } from "vitest";
import { Billing, nest } from "./after.ts";

test("bills what NestJS has placed, and dead-letters what has no price", async () => {
  await using app = await startService(Billing);
  const placed = { routingKey: "billing", exchangeName: "", messageEnvelope: nest("order.placed") };
  await app.publish({ id: 1, article: "bread" }, placed);
  const { body } = await app.nextPublished("billed");
  expect(JSON.parse(body.toString())).toEqual({
    pattern: "order.billed",
    data: { id: 1, cents: 250, by: "tomodachi" },
  });

  await app.publish({ id: 2, article: "gold" }, placed);
  const [dead] = await app.deadLetters("onMessage", { count: 1, timeout: "20s" });
  expect(dead).toMatchObject({ reason: "handler-error", error: { message: "gold has no price" } });
});
