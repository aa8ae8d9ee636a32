/** The order after taking and restoring entries, compared with a simple sorted list. */
import { describe, expect, it } from "vitest";
import { queuedMessage } from "../../test/support/stored-messages.ts";
import { seededRandom } from "../testing/random.ts";
import type { QueuedMessage } from "./message.ts";
import { MessageLane } from "./message-lane.ts";

function laneOf(...positions: readonly number[]): MessageLane {
  const lane = new MessageLane();
  for (const position of positions) lane.push(queuedMessage(position));
  return lane;
}

function takeAll(lane: MessageLane): number[] {
  const positions: number[] = [];
  for (let entry = lane.shift(); entry; entry = lane.shift()) positions.push(entry.position);
  return positions;
}

function take(lane: MessageLane, count: number): QueuedMessage[] {
  return Array.from({ length: count }, () => lane.shift() as QueuedMessage);
}

describe("MessageLane", () => {
  it("returns entries in the order they came, and nothing when it is empty", () => {
    const lane = laneOf(0, 1, 2);
    expect(lane.first?.position).toBe(0);
    expect(lane.length).toBe(3);
    expect(takeAll(lane)).toEqual([0, 1, 2]);
    expect([lane.shift(), lane.first, lane.length]).toEqual([undefined, undefined, 0]);
    lane.push(queuedMessage(3));
    expect(takeAll(lane)).toEqual([3]);
  });

  it("restores entries to their old position between the entries that stayed", () => {
    const lane = laneOf(0, 1, 2, 3, 4);
    const [, one, two, three] = take(lane, 4);
    lane.putBack([one, three] as QueuedMessage[]);
    lane.push(queuedMessage(5));
    lane.putBack([two] as QueuedMessage[]);
    expect(lane.length).toBe(5);
    expect(lane.first?.position).toBe(1);
    expect(takeAll(lane)).toEqual([1, 2, 3, 4, 5]);
  });

  it("restores entries into an empty lane", () => {
    const lane = laneOf(0, 1, 2);
    const entries = take(lane, 3);
    lane.putBack(entries);
    expect(takeAll(lane)).toEqual([0, 1, 2]);
    lane.putBack([]);
    expect(lane.length).toBe(0);
  });

  it("restores entries that belong behind all others", () => {
    const lane = laneOf(0, 1, 9);
    take(lane, 1);
    const nine = take(laneOf(9), 1);
    const other = laneOf(0, 1);
    other.putBack(nine);
    expect(takeAll(other)).toEqual([0, 1, 9]);
  });

  it("restores two hundred thousand entries at once", () => {
    const count = 200_000;
    const lane = new MessageLane();
    const { message } = queuedMessage(0);
    for (let position = 0; position < count; position++) lane.push({ ...queued(position), message });
    const entries = take(lane, count);
    lane.push(queuedMessage(count));
    lane.putBack(entries);
    expect(lane.length).toBe(count + 1);
    expect(take(lane, 3).map(({ position }) => position)).toEqual([0, 1, 2]);
  });

  it("keeps the order over thousands of operations", () => {
    const random = seededRandom(42);
    const lane = new MessageLane();
    let held: QueuedMessage[] = [];
    let expected: number[] = [];
    let next = 0;
    for (let turn = 0; turn < 20_000; turn++) {
      const dice = random();
      if (dice < 0.5) {
        lane.push(queuedMessage(next));
        expected.push(next++);
      } else if (dice < 0.9) {
        const entry = lane.shift();
        expect(entry?.position).toBe(expected.shift());
        if (entry) held.push(entry);
      } else {
        const back = held.filter(() => random() < 0.3).sort((one, other) => one.position - other.position);
        held = held.filter((entry) => !back.includes(entry) && random() < 0.7);
        lane.putBack(back);
        expected = [...expected, ...back.map(({ position }) => position)].sort((one, other) => one - other);
      }
      expect(lane.length).toBe(expected.length);
    }
    expect(takeAll(lane)).toEqual(expected);
  });
});

function queued(position: number): Omit<QueuedMessage, "message"> {
  return { position, expiresAt: 0, redelivered: false, acquiredCount: 0, deliveryCount: 0 };
}
