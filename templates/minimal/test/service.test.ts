import { startService } from "tomodachi/testing";
import { expect, it } from "vitest";
import { TemplateService } from "../src/service.ts";

it("greets a guest", async () => {
  await using app = await startService(TemplateService);
  await app.publish("friend", { routingKey: "greeting.asked", mandatory: false });
  await app.handled("greet");
  await app.handled("hear");
  expect(app.published("greeting.given")).toMatchObject([{ data: "hello, friend" }]);
});
