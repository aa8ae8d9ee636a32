// Headers exchanges: which headers a binding asks for, and how many of them.
import { expect } from "vitest";
import { isAtLeast } from "../broker-version.ts";
import { channelError, drain, open, publish, refusal } from "../case-tools.ts";
import type { ConformanceArea, ConformanceCase } from "../conformance-case.ts";
import { type Arguments, boundQueue, declareExchange } from "../routing-tools.ts";

type Headers = Readonly<Record<string, unknown>>;

interface Match {
  readonly title: string;
  readonly binding: Arguments;
  readonly takes: readonly Headers[];
  readonly leaves: readonly Headers[];
}

const int16 = (value: number): object => ({ "!": "int16", value });
const long = (value: number): object => ({ "!": "int64", value });
const timestamp = (value: number): object => ({ "!": "timestamp", value });

const matches: readonly Match[] = [
  {
    title: "matches with x-match all only if all headers match",
    binding: { "x-match": "all", colour: "red", size: 1 },
    takes: [
      { colour: "red", size: 1 },
      { colour: "red", size: 1, more: true },
    ],
    leaves: [{ colour: "red" }, { size: 1 }, { colour: "red", size: 2 }, { colour: "Red", size: 1 }, {}],
  },
  {
    title: "matches without x-match only if all headers match",
    binding: { colour: "red", size: 1 },
    takes: [{ colour: "red", size: 1 }],
    leaves: [{ colour: "red" }, {}],
  },
  {
    title: "matches with x-match any if one header matches",
    binding: { "x-match": "any", colour: "red", size: 1 },
    takes: [{ colour: "red" }, { size: 1 }, { colour: "red", size: 2 }, { colour: "red", size: 1 }],
    leaves: [{ colour: "blue" }, { size: 2 }, { other: "red" }, {}],
  },
  {
    title: "ignores headers that begin with x- with x-match all",
    binding: { "x-match": "all", colour: "red", "x-size": 1 },
    takes: [{ colour: "red" }, { colour: "red", "x-size": 2 }],
    leaves: [{ "x-size": 1 }],
  },
  {
    title: "ignores headers that begin with x- with x-match any",
    binding: { "x-match": "any", colour: "red", "x-size": 1 },
    takes: [{ colour: "red" }],
    leaves: [{ "x-size": 1 }, {}],
  },
  {
    title: "compares headers that begin with x- with x-match all-with-x",
    binding: { "x-match": "all-with-x", colour: "red", "x-size": 1 },
    takes: [{ colour: "red", "x-size": 1 }],
    leaves: [{ colour: "red" }, { colour: "red", "x-size": 2 }],
  },
  {
    title: "compares headers that begin with x- with x-match any-with-x",
    binding: { "x-match": "any-with-x", colour: "red", "x-size": 1 },
    takes: [{ "x-size": 1 }, { colour: "red" }],
    leaves: [{ "x-size": 2 }, { "x-match": "any-with-x" }, {}],
  },
  {
    title: "matches every message with x-match all and no headers",
    binding: { "x-match": "all" },
    takes: [{}, { colour: "red" }],
    leaves: [],
  },
  {
    title: "matches no message with x-match any and no headers",
    binding: { "x-match": "any" },
    takes: [],
    leaves: [{}, { colour: "red" }],
  },
  {
    title: "matches any value of a header that is void in the binding",
    binding: { "x-match": "all", colour: null },
    takes: [{ colour: "red" }, { colour: 5 }, { colour: null }],
    leaves: [{}, { size: 1 }],
  },
];

/** Corners of the comparison, found by trying. */
const comparisons: readonly Match[] = [
  {
    title: "does not match a number with a string",
    binding: { size: 1 },
    takes: [{ size: 1 }],
    leaves: [{ size: "1" }, { size: true }],
  },
  {
    title: "does not match true with a string or with 1",
    binding: { flag: true },
    takes: [{ flag: true }],
    leaves: [{ flag: "true" }, { flag: 1 }, { flag: false }],
  },
  {
    title: "matches whole numbers of different width",
    binding: { size: int16(7) },
    takes: [{ size: 7 }, { size: int16(7) }, { size: long(7) }],
    leaves: [{ size: 8 }, { size: long(8) }],
  },
  {
    title: "distinguishes fractions",
    binding: { size: 1.5 },
    takes: [{ size: 1.5 }],
    leaves: [{ size: 1.25 }, { size: 1 }],
  },
  {
    title: "compares lists and tables as a whole",
    binding: { list: [1, "a"], table: { a: 1, b: "x" } },
    takes: [{ list: [1, "a"], table: { a: 1, b: "x" } }],
    leaves: [
      { list: [1], table: { a: 1, b: "x" } },
      { list: ["a", 1], table: { a: 1, b: "x" } },
      { list: [1, "a"], table: { a: 1 } },
    ],
  },
  {
    title: "compares the names of headers exactly",
    binding: { Colour: "red" },
    takes: [{ Colour: "red" }],
    leaves: [{ colour: "red" }, { COLOUR: "red" }],
  },
];

function takes({ title, binding, takes: taken, leaves }: Match): ConformanceCase {
  return {
    title,
    async run(context) {
      const { channel } = await open(context);
      const exchange = await declareExchange(context, channel, "headers");
      const queue = await boundQueue(context, channel, exchange, "", binding);
      const all = [...taken, ...leaves];
      await Promise.all(all.map((headers, index) => publish(channel, exchange, "", `${index}`, { headers })));
      const expected = taken.map((_, index) => `${index}`);
      expect(await drain(channel, queue)).toEqual(expected);
    },
  };
}

export const headersBindings: ConformanceArea = {
  name: "headers-bindings",
  cases: [
    ...matches.map(takes),
    ...comparisons.map(takes),
    {
      title:
        "compares timestamps before 3.13; from 3.13 on they never match, because it compares seconds with milliseconds",
      async run(context) {
        const equal = [{ at: timestamp(1_700_000_000) }];
        const [taken, left] = isAtLeast(context.broker, 3, 13) ? [[], equal] : [equal, []];
        const leaves = [...left, { at: timestamp(1_700_000_001) }];
        await takes({ title: "", binding: { at: timestamp(1_700_000_000) }, takes: taken, leaves }).run(context);
      },
    },
    {
      title: "ignores the routing key in a headers exchange",
      async run(context) {
        const { channel } = await open(context);
        const exchange = await declareExchange(context, channel, "headers");
        const queue = await boundQueue(context, channel, exchange, "key", { colour: "red" });
        await publish(channel, exchange, "other", "a", { headers: { colour: "red" } });
        await publish(channel, exchange, "key", "b", { headers: { colour: "blue" } });
        await publish(channel, exchange, "key", "c");
        expect(await drain(channel, queue)).toEqual(["a"]);
      },
    },
    {
      title: "refuses an unknown x-match",
      async run(context) {
        const { client, channel } = await open(context);
        const exchange = await declareExchange(context, channel, "headers");
        const error = await refusal(client, () => boundQueue(context, channel, exchange, "", { "x-match": "some" }));
        const words = 'Invalid x-match field value <<"some">>; expected all, any, all-with-x, or any-with-x';
        expect(error).toEqual(channelError(406, `PRECONDITION_FAILED - ${words}`));
      },
    },
    {
      title: "refuses an x-match that is not a string",
      async run(context) {
        const { client, channel } = await open(context);
        const exchange = await declareExchange(context, channel, "headers");
        const error = await refusal(client, () => boundQueue(context, channel, exchange, "", { "x-match": true }));
        const words = "Invalid x-match field type bool (value true); expected longstr";
        expect(error).toEqual(channelError(406, `PRECONDITION_FAILED - ${words}`));
      },
    },
    {
      title: "treats bindings with different arguments as different",
      async run(context) {
        const { channel } = await open(context);
        const exchange = await declareExchange(context, channel, "headers");
        const queue = await boundQueue(context, channel, exchange, "", { colour: "red" });
        await channel.bindQueue(queue, exchange, "", { colour: "blue" });
        await channel.unbindQueue(queue, exchange, "", { colour: "red" });
        await publish(channel, exchange, "", "a", { headers: { colour: "red" } });
        await publish(channel, exchange, "", "b", { headers: { colour: "blue" } });
        expect(await drain(channel, queue)).toEqual(["b"]);
      },
    },
  ],
};
