/** The order in which a queue hands out what waits, of each release and type. */
import { expect, it } from "vitest";
import { queuedMessage } from "../../test/support/stored-messages.ts";
import { type BrokerVersion, profileOf } from "./profile.ts";
import { ReadyMessages } from "./ready-messages.ts";
import { readyOrderOf } from "./ready-order.ts";

const priorities = [0, undefined, 5, 9, 31, 255, 4, 3];

function ordered(version: BrokerVersion, type: "classic" | "quorum", maxPriority = 0): number[] {
  const ready = new ReadyMessages(readyOrderOf({ type, maxPriority }, profileOf(version)));
  for (const [at, priority] of priorities.entries()) ready.push(queuedMessage(at, { priority }));
  const positions: number[] = [];
  for (let entry = ready.shift(); entry; entry = ready.shift()) positions.push(entry.position);
  return positions;
}

it("is that of arrival in a quorum queue of RabbitMQ 3", () => {
  expect(ordered("3.13", "quorum")).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

it("has two of the higher kind for each of the lower in one of 4.0", () => {
  expect(ordered("4.0", "quorum")).toEqual([2, 3, 0, 4, 5, 1, 6, 7]);
});

it("is strictly by priority in one of 4.3: 31 at most, and 4 where none is given", () => {
  expect(ordered("4.3", "quorum")).toEqual([4, 5, 3, 2, 1, 6, 7, 0]);
});

it("is by priority in a classic queue up to its own highest, and 0 where none is given", () => {
  expect(ordered("4.3", "classic", 5)).toEqual([2, 3, 4, 5, 6, 7, 0, 1]);
  expect(ordered("4.3", "classic")).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});
