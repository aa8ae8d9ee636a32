import { expect, it } from "vitest";
import { deathHeaderProblem } from "./death-header.ts";

it("x-death is accepted as a broker writes it, and may be absent", () => {
  const death = {
    queue: "q",
    reason: "expired",
    count: 2,
    "routing-keys": ["k"],
    time: { "!": "timestamp", value: 1 },
  };
  for (const headers of [undefined, {}, { "x-death": [] }, { "x-death": [death, {}] }])
    expect(deathHeaderProblem(headers)).toBeUndefined();
});

it.each([
  ["text", "x-death is not a list"],
  [{ queue: "q" }, "x-death is not a list"],
  [["text"], "x-death has an entry that is not a table"],
  [[null], "x-death has an entry that is not a table"],
  [[{ count: "2" }], "x-death has a count that is not a number"],
])("x-death is refused as %j", (value, problem) => {
  expect(deathHeaderProblem({ "x-death": value })).toBe(problem);
});
