// Topic patterns, corner by corner: each with keys it takes and keys it does not.
import { expect } from "vitest";
import { isAtLeast } from "../broker-version.ts";
import { channelError, drain, open, refusal } from "../case-tools.ts";
import type { ConformanceArea, ConformanceCase } from "../conformance-case.ts";
import { boundQueue, declareExchange, drainAll, publishKeys } from "../routing-tools.ts";

interface Pattern {
  readonly title: string;
  readonly pattern: string;
  readonly takes: readonly string[];
  readonly leaves: readonly string[];
}

const patterns: readonly Pattern[] = [
  {
    title: "matches a pattern without wildcards word by word",
    pattern: "order.paid",
    takes: ["order.paid"],
    leaves: ["order", "paid", "order.paid.late", "order.paids", "Order.paid", "order..paid"],
  },
  { title: "matches one word with *", pattern: "*", takes: ["a", "order"], leaves: ["", "a.b", "a.", ".a"] },
  {
    title: "matches any number of words with #",
    pattern: "#",
    takes: ["", "a", "a.b", "a.b.c", ".", ".."],
    leaves: [],
  },
  {
    title: "matches exactly two words with *.*",
    pattern: "*.*",
    takes: ["a.b", "order.paid", "a.", ".a", "."],
    leaves: ["", "a", "a.b.c", ".."],
  },
  {
    title: "matches no word with # at the end",
    pattern: "a.#",
    takes: ["a", "a.b", "a.b.c", "a."],
    leaves: ["", "b", "b.a", "ab", "aa.b"],
  },
  {
    title: "matches no word with # at the start",
    pattern: "#.b",
    takes: ["b", "a.b", "a.a.b", ".b", "b.b"],
    leaves: ["", "b.a", "ab", "b."],
  },
  {
    title: "matches no word with # in the middle",
    pattern: "a.#.b",
    takes: ["a.b", "a.x.b", "a.x.y.b", "a.b.b", "a.b.x.b", "a..b"],
    leaves: ["a", "b", "ab", "a.b.x", "x.a.b", "a.x"],
  },
  {
    title: "matches one or more words with * before #",
    pattern: "*.#",
    takes: ["a", "a.b", "a.b.c"],
    leaves: [""],
  },
  {
    title: "matches one or more words with # before *",
    pattern: "#.*",
    takes: ["a", "a.b", "a.b.c"],
    leaves: [""],
  },
  {
    title: "matches # between two words before *",
    pattern: "a.#.*",
    takes: ["a.b", "a.b.c", "a.a"],
    leaves: ["a", "b.a", ""],
  },
  {
    title: "matches two # in one pattern",
    pattern: "#.a.#.b",
    takes: ["a.b", "x.a.b", "a.x.b", "x.a.x.b", "b.a.a.b"],
    leaves: ["a", "b", "b.a", "a.b.x", "x.b.a.x"],
  },
  { title: "matches # twice like a single #", pattern: "#.#", takes: ["", "a", "a.b"], leaves: [] },
  {
    title: "matches exactly one word with * in the middle",
    pattern: "a.*.c",
    takes: ["a.b.c", "a..c", "a.a.c"],
    leaves: ["a.c", "a.b.b.c", "a.b", "a.b.c.d"],
  },
  {
    title: "treats a wildcard inside a word literally",
    pattern: "a*.b#",
    takes: ["a*.b#"],
    leaves: ["a.b", "ax.b", "a1.b2", "ax.bx"],
  },
  {
    title: "treats an empty word as a word",
    pattern: "a..b",
    takes: ["a..b"],
    leaves: ["a.b", "a.x.b", "a...b"],
  },
  {
    title: "matches the empty key with the empty pattern",
    pattern: "",
    takes: [""],
    leaves: ["a", ".", "a.b"],
  },
  {
    title: "treats wildcards in a routing key literally",
    pattern: "a.b",
    takes: ["a.b"],
    leaves: ["a.*", "#", "*.b", "a.#"],
  },
];

function takes({ title, pattern, takes: taken, leaves }: Pattern): ConformanceCase {
  return {
    title: `${title}: "${pattern}"`,
    async run(context) {
      const { channel } = await open(context);
      const exchange = await declareExchange(context, channel, "topic");
      const queue = await boundQueue(context, channel, exchange, pattern);
      await publishKeys(channel, exchange, [...taken, ...leaves]);
      expect(await drain(channel, queue)).toEqual(taken);
    },
  };
}

export const topicBindings: ConformanceArea = {
  name: "topic-bindings",
  cases: [
    ...patterns.map(takes),
    {
      title: "distinguishes many patterns with the same first words",
      async run(context) {
        const { channel } = await open(context);
        const exchange = await declareExchange(context, channel, "topic");
        const all = ["a.b.c", "a.b.*", "a.*.c", "*.b.c", "a.#", "#.c", "a.b.#", "#", "x.#"];
        const queues: string[] = [];
        for (const pattern of all) queues.push(await boundQueue(context, channel, exchange, pattern));
        await publishKeys(channel, exchange, ["a.b.c", "a.b", "c"]);
        const [abc, ab, c] = ["a.b.c", "a.b", "c"];
        expect(await drainAll(channel, queues)).toEqual([
          [abc],
          [abc],
          [abc],
          [abc],
          [abc, ab],
          [abc, c],
          [abc, ab],
          [abc, ab, c],
          [],
        ]);
      },
    },
    {
      title: "removes one pattern and keeps those that begin with it",
      async run(context) {
        const { channel } = await open(context);
        const exchange = await declareExchange(context, channel, "topic");
        const queue = await boundQueue(context, channel, exchange, ["a", "a.b", "a.b.c", "a.#.c"]);
        await channel.unbindQueue(queue, exchange, "a.b");
        await channel.unbindQueue(queue, exchange, "a.#.c");
        await publishKeys(channel, exchange, ["a", "a.b", "a.b.c", "a.c"]);
        expect(await drain(channel, queue)).toEqual(["a", "a.b.c"]);
      },
    },
    {
      title: "refuses more than two # in a pattern with 406 from 4.3.5 on, and matches them quickly before",
      async run(context) {
        const { client, channel } = await open(context);
        const exchange = await declareExchange(context, channel, "topic");
        const pattern = "#.a.#.a.#.a.#.a.#.b";
        if (isAtLeast(context.broker, 4, 3)) {
          const queue = await boundQueue(context, channel, exchange, "#.a.#");
          expect(await refusal(client, () => channel.bindQueue(queue, exchange, pattern))).toEqual(
            channelError(
              406,
              `PRECONDITION_FAILED - Topic binding key '${pattern}' uses 5 '#' wildcards, at most 2 are allowed`,
            ),
          );
          return;
        }
        const queue = await boundQueue(context, channel, exchange, pattern);
        const words = Array.from({ length: 16 }, () => "a");
        await publishKeys(channel, exchange, [words.join("."), [...words, "b"].join(".")]);
        expect(await drain(channel, queue)).toEqual([[...words, "b"].join(".")]);
      },
    },
  ],
};
