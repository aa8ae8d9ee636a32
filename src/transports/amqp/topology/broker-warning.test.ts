import { expect, it } from "vitest";
import { brokerWarning } from "./broker-warning.ts";

it.each(["3.8.9", "3.10.8", "3.12.14"])("RabbitMQ %s is warned about", (version) => {
  expect(brokerWarning({ product: "RabbitMQ", version })).toContain(`RabbitMQ ${version} crashes`);
});

it.each([
  ["RabbitMQ", "3.13.0"],
  ["RabbitMQ", "4.0.5"],
  ["RabbitMQ", "4.3.6"],
  ["RabbitMQ", ""],
  ["LavinMQ", "2.1.0"],
  ["tomodachi embedded broker", "4.2.0"],
])("%s %s is not warned about", (product, version) => {
  expect(brokerWarning({ product, version })).toBeUndefined();
});
