/** The order in which a queue delivers its messages, for each release and type. */
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

it("the order of a quorum queue is the order of arrival in RabbitMQ 3", () => {
  expect(ordered("3.13", "quorum")).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

it("a quorum queue of RabbitMQ 4.0 delivers two high-priority messages for each low one", () => {
  expect(ordered("4.0", "quorum")).toEqual([2, 3, 0, 4, 5, 1, 6, 7]);
});

it("a quorum queue of RabbitMQ 4.3 delivers strictly by priority: at most 31, and 4 by default", () => {
  expect(ordered("4.3", "quorum")).toEqual([4, 5, 3, 2, 1, 6, 7, 0]);
});

it("a classic queue delivers by priority up to its own maximum, and 0 by default", () => {
  expect(ordered("4.3", "classic", 5)).toEqual([2, 3, 4, 5, 6, 7, 0, 1]);
  expect(ordered("4.3", "classic")).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});
