import { expect, it } from "vitest";
import type { DeadLetterEntry } from "../../dead-letters/index.ts";
import { DlqOutcome } from "./dlq-outcome.ts";

function entry(id: string): DeadLetterEntry {
  return { id } as DeadLetterEntry;
}

it("what is left is all that is still in the queue: what was not meant, and what stays though it was", () => {
  const edited = new DlqOutcome("orders.dlq", "replay", false);
  edited.add(entry("a"), "kept", "orders");
  edited.seen = 2;
  expect(edited.lines()).toEqual([
    "orders.dlq  0 replayed, 2 left",
    "       1  stayed: it was not changed with --edit",
  ]);
  const mixed = new DlqOutcome("orders.dlq", "replay", false);
  mixed.add(entry("a"), "sent", "orders");
  mixed.add(entry("b"), "refused", "orders");
  mixed.seen = 10;
  expect(mixed.lines()[0]).toBe("orders.dlq  1 replayed to orders, 9 left");
});

it("nothing is left where everything is done", () => {
  const all = new DlqOutcome("orders.dlq", "purge", false);
  all.add(entry("a"), "removed", undefined);
  all.seen = 1;
  expect(all.lines()).toEqual(["orders.dlq  1 deleted"]);
});
