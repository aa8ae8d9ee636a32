import { expect, it } from "vitest";
import type { Logger } from "../../../log/logger.ts";
import { DroppedDeadLetters } from "./dropped-dead-letters.ts";

/** How many copies came before a check, how many messages the queue has (undefined: it was deleted), whether it is consumed. */
type Look = readonly [copies: number, messages: number | undefined, consumed?: boolean];

/** The log lines of these checks. */
function look(...looks: readonly Look[]): string[] {
  const log: string[] = [];
  const logger = { warn: (_: unknown, text: string) => void log.push(text) } as unknown as Logger;
  let copies = 0;
  const dropped = new DroppedDeadLetters({ deadLetterQueue: "jobs.dlq", logger, copies: () => copies });
  for (const [came, messages, consumed = false] of looks) {
    copies += came;
    dropped.looked(messages, consumed);
  }
  return log;
}

it("a queue that holds fewer dead letters than it received is reported once", () => {
  const log = look([11, 3], [0, 3], [5, 3], [5, 3], [5, 3]);
  expect(log).toEqual([
    expect.stringContaining('11 messages that were just added to "jobs.dlq" are missing: it holds 3 messages. If'),
  ]);
});

it("a queue that stays at its limit while dead letters arrive is reported", () => {
  expect(look([1, 1000], [1, 1000], [1, 1000])).toHaveLength(1);
});

interface Case {
  readonly what: string;
  readonly looks: readonly Look[];
}

it.each<Case>([
  {
    what: "a queue that grows",
    looks: [
      [5, 5],
      [3, 8],
      [1, 9],
      [0, 9],
    ],
  },
  {
    what: "a queue where nothing comes",
    looks: [
      [0, 7],
      [0, 7],
      [0, 7],
      [0, 3],
      [0, 0],
    ],
  },
  {
    what: "what came while it was asked, and is not counted yet",
    looks: [
      [5, 0],
      [0, 5],
    ],
  },
  {
    what: "one look at which as many left as came",
    looks: [
      [2, 8],
      [2, 8],
      [0, 10],
    ],
  },
  {
    what: "dead letters that were replayed later",
    looks: [
      [5, 5],
      [0, 5],
      [0, 0],
      [0, 0],
    ],
  },
  {
    what: "a queue that somebody consumes",
    looks: [
      [9, 0, true],
      [9, 0, true],
      [9, 0, true],
    ],
  },
  {
    what: "a queue that was deleted and made again",
    looks: [
      [9, 9],
      [0, undefined],
      [0, 0],
      [0, 0],
    ],
  },
])("nothing is reported for $what", ({ looks }) => {
  expect(look(...looks)).toEqual([]);
});
