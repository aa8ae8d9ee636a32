/** One warning for each key that reaches no queue. */
import { expect, it } from "vitest";
import { capturingLogger } from "../../../../test/support/capturing-logger.ts";
import { Unroutable } from "./unroutable.ts";

it("an unroutable publish is logged once for each exchange and key", async () => {
  const { logger, lines } = await capturingLogger();
  const unroutable = new Unroutable(logger);
  for (const [exchange, key] of [
    ["e", "k"],
    ["e", "k"],
    ["e", "l"],
    ["f", "k"],
  ] as const)
    unroutable.warn(exchange, key);
  expect(lines.map(({ level, exchange, routingKey }) => [level, exchange, routingKey])).toEqual([
    [40, "e", "k"],
    [40, "e", "l"],
    [40, "f", "k"],
  ]);
});

it("the log stops after a thousand unroutable keys, so that log and memory do not grow", async () => {
  const { logger, lines } = await capturingLogger();
  const unroutable = new Unroutable(logger);
  for (let key = 0; key < 1500; key++) unroutable.warn("e", String(key));
  expect(lines).toHaveLength(1000);
});

it("the sentence names the key, shortened if it is long, and without control characters", async () => {
  const { logger, lines } = await capturingLogger();
  const unroutable = new Unroutable(logger);
  const hostile = "\u001b[2J\nready";
  const long = "é".repeat(120);
  for (const key of ["user.creatd", hostile, long]) unroutable.warn("e", key);
  expect(lines.map(({ msg }) => msg.replace(/ reached no queue and is lost: .*/s, ""))).toEqual([
    '"user.creatd"',
    String.raw`"\u001b[2J\nready"`,
    `"${"é".repeat(50)}..."`,
  ]);
  expect(lines.map(({ routingKey }) => routingKey)).toEqual(["user.creatd", hostile, long]);
});
