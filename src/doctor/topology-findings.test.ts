/** What is said of exchanges and queues that exist as declared: only what there is. */
import { expect, it } from "vitest";
import type { Comparison } from "./compare-declared.ts";
import { type Looks, topologyFindings } from "./topology-findings.ts";
import type { WantedTopology } from "./wanted.ts";

const same: Comparison = { state: "same" };
const missing: Comparison = { state: "missing" };
const looks = (answer: (name: string) => Comparison): Looks => ({
  queue: async ({ name }) => answer(name),
  exchange: async ({ name }) => answer(name),
  bindings: undefined,
});

function wanted(exchanges: readonly string[], queues: readonly string[]): WantedTopology {
  const declared = { declare: true, strict: false } as const;
  return {
    exchanges: exchanges.map((name) => ({ what: { name, type: "topic", arguments: {} }, ...declared })),
    queues: queues.map((name) => ({ what: { name, durable: true, arguments: {} }, ...declared })),
    bindings: [],
  } as unknown as WantedTopology;
}

it.each([
  [[], ["a", "b", "c", "d"], "4 of 4 queues exist as the services declare them."],
  [["e"], ["a"], "1 of 1 exchange and 1 of 1 queue exist as the services declare them."],
  [[], ["a", "new"], "1 of 2 queues exists as the services declare it."],
  [["new"], ["a", "b"], "2 of 2 queues exist as the services declare them."],
])("of the exchanges %j and the queues %j says: what exists", async (exchanges, queues, says) => {
  const findings = await topologyFindings(
    wanted(exchanges, queues),
    looks((name) => (name === "new" ? missing : same)),
  );
  expect(findings[0]?.says).toBe(says);
});

it("no finding says that something exists if nothing does", async () => {
  const findings = await topologyFindings(
    wanted([], ["new"]),
    looks(() => missing),
  );
  expect(findings.map(({ says }) => says)).toEqual(["The start creates 1 queue: new."]);
});
