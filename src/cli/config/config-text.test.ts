import { expect, it } from "vitest";
import { groupLines } from "./config-text.ts";

const group = {
  service: "orders",
  values: [
    { option: "options.amqp.prefetch", value: 50, from: "code", name: null },
    { option: "options.amqp.hosts", value: ["127.0.0.1:5672"], from: "environment", name: "TOMODACHI_AMQP_URL" },
    { option: "options.amqp.routingKeyPrefix", value: "", from: "default", name: null },
    { option: "options.amqp.password", value: null, from: "default", name: null },
  ],
};

it("has three columns where there is room", () => {
  expect(groupLines(group, Number.POSITIVE_INFINITY)).toEqual([
    "orders",
    "  options.amqp.prefetch          50                  code",
    '  options.amqp.hosts             ["127.0.0.1:5672"]  environment TOMODACHI_AMQP_URL',
    '  options.amqp.routingKeyPrefix  ""                  default',
    "  options.amqp.password          -                   default",
  ]);
});

it("puts an origin on a line of its own where the terminal is narrow", () => {
  expect(groupLines(group, 80)).toEqual([
    "orders",
    "  options.amqp.prefetch          50                  code",
    '  options.amqp.hosts             ["127.0.0.1:5672"]',
    "                                 environment TOMODACHI_AMQP_URL",
    '  options.amqp.routingKeyPrefix  ""                  default',
    "  options.amqp.password          -                   default",
  ]);
});

it("says that all options are defaults", () => {
  expect(groupLines({ service: null, values: [] }, 80)).toEqual(["tomodachi run", "  all defaults"]);
});
