// The arguments of a queue: which must equal those of the existing queue, and which values are refused.
import { expect } from "vitest";
import { channelError, declareQueue, open, refusal, virtualHostOf } from "../case-tools.ts";
import type { CaseContext, ConformanceArea, ConformanceCase, ReplyError } from "../conformance-case.ts";

interface Property {
  readonly property: "durable" | "autoDelete";
  readonly word: string;
  readonly first: boolean;
}

/** A queue that exists with one property is declared with the other value. */
function inequivalentProperty({ property, word, first }: Property): ConformanceCase {
  return {
    title: `refuses a second declaration with another ${word}, and names both values`,
    async run(context) {
      const { client, channel } = await open(context);
      const queue = await declareQueue(context, channel, { [property]: first });
      expect(await refusal(client, () => channel.assertQueue(queue, { [property]: !first }))).toEqual(
        inequivalent(context, queue, word, `received '${!first}' but current is '${first}'`),
      );
    },
  };
}

interface Disagreement {
  readonly title: string;
  readonly argument: string;
  /** Undefined for none. */
  readonly current: unknown;
  readonly received: unknown;
  readonly words: string;
}

/** A queue that exists with one value of an argument is declared with another. */
function inequivalentArgument({ title, argument, current, received, words }: Disagreement): ConformanceCase {
  return {
    title,
    async run(context) {
      const { client, channel } = await open(context);
      const queue = await declareQueue(context, channel, { arguments: { [argument]: current } });
      const refused = await refusal(client, () => channel.assertQueue(queue, { arguments: { [argument]: received } }));
      expect(refused).toEqual(inequivalent(context, queue, argument, words));
    },
  };
}

function inequivalent(context: CaseContext, queue: string, argument: string, words: string): ReplyError {
  const where = `for queue '${queue}' in vhost '${virtualHostOf(context)}'`;
  return channelError(406, `PRECONDITION_FAILED - inequivalent arg '${argument}' ${where}: ${words}`);
}

/** A new queue is declared with a value that no queue can have. */
function invalidArgument(what: string, argument: string, value: unknown, words: string): ConformanceCase {
  return {
    title: `refuses ${what} as ${argument}`,
    async run(context) {
      const { client, channel } = await open(context);
      const queue = context.uniqueName("queue");
      const refused = await refusal(client, () => channel.assertQueue(queue, { arguments: { [argument]: value } }));
      const where = `for queue '${queue}' in vhost '${virtualHostOf(context)}'`;
      expect(refused).toEqual(channelError(406, `PRECONDITION_FAILED - invalid arg '${argument}' ${where}: ${words}`));
    },
  };
}

export const queueArguments: ConformanceArea = {
  name: "queue-arguments",
  cases: [
    inequivalentProperty({ property: "durable", word: "durable", first: true }),
    inequivalentProperty({ property: "autoDelete", word: "auto_delete", first: false }),
    {
      title:
        "refuses with 405 to declare a shared queue as exclusive or the reverse, even on the connection that declared it",
      async run(context) {
        const client = await context.connect();
        for (const exclusive of [true, false]) {
          const channel = await client.channel();
          const queue = await declareQueue(context, channel, { exclusive });
          expect(await refusal(client, () => channel.assertQueue(queue, { exclusive: !exclusive }))).toEqual(
            channelError(
              405,
              `RESOURCE_LOCKED - cannot obtain exclusive access to locked queue '${queue}' in vhost ` +
                `'${virtualHostOf(context)}'. It could be originally declared on another connection or the exclusive ` +
                "property value does not match that of the original declaration.",
            ),
          );
        }
      },
    },
    {
      title: "treats equal numbers of different width as equal",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel, {
          arguments: { "x-message-ttl": { "!": "long", value: 100 } },
        });
        for (const type of ["byte", "short", "int", "long", "unsignedint"]) {
          const again = { arguments: { "x-message-ttl": { "!": type, value: 100 } } };
          expect(await channel.assertQueue(queue, again)).toMatchObject({ queue });
        }
      },
    },
    {
      title: "ignores unknown arguments when it compares declarations",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel, { arguments: { "x-colour": "red" } });
        expect(await channel.assertQueue(queue, { arguments: { "x-colour": "blue", "x-size": 5 } })).toMatchObject({
          queue,
        });
      },
    },
    inequivalentArgument({
      title: "refuses an argument that the queue does not have",
      argument: "x-max-length",
      current: undefined,
      received: 5,
      words: "received the value '5' of type 'byte' but current is none",
    }),
    inequivalentArgument({
      title: "refuses a declaration without an argument that the queue has",
      argument: "x-max-length",
      current: 5,
      received: undefined,
      words: "received none but current is the value '5' of type 'byte'",
    }),
    inequivalentArgument({
      title: "refuses a string in place of the same number",
      argument: "x-message-ttl",
      current: 5000,
      received: "5000",
      words: "received '5000' but current is '5000'",
    }),
    inequivalentArgument({
      title: "refuses a double in place of a whole number",
      argument: "x-message-ttl",
      current: 5,
      received: 5.5,
      words: "received '5.5' but current is '5'",
    }),
    {
      title: "treats a queue without x-queue-type as a classic queue",
      async run(context) {
        const { channel } = await open(context);
        const untyped = await declareQueue(context, channel);
        expect(await channel.assertQueue(untyped, { arguments: { "x-queue-type": "classic" } })).toMatchObject({
          queue: untyped,
        });
        const typed = await declareQueue(context, channel, { arguments: { "x-queue-type": "classic" } });
        expect(await channel.assertQueue(typed)).toMatchObject({ queue: typed });
      },
    },
    ...(
      [
        ["x-expires", 60_000, 70_000],
        ["x-message-ttl", 60_000, 70_000],
        ["x-max-length", 10, 20],
        ["x-max-length-bytes", 1000, 2000],
        ["x-max-priority", 5, 9],
        ["x-dead-letter-exchange", "one", "other"],
        ["x-overflow", "drop-head", "reject-publish"],
        ["x-single-active-consumer", true, false],
        ["x-queue-type", "classic", "quorum"],
      ] as const
    ).map(([argument, current, received]) =>
      inequivalentArgument({
        title: `refuses a second declaration with another ${argument}, and names both values`,
        argument,
        current,
        received,
        words: `received '${received}' but current is '${current}'`,
      }),
    ),
    invalidArgument("a negative number", "x-message-ttl", -1, "{value_negative,-1}"),
    invalidArgument("a string", "x-message-ttl", "100", '"expected integer, got longstr"'),
    invalidArgument("a double", "x-message-ttl", 1.5, '"expected integer, got double"'),
    invalidArgument("more than ten years", "x-message-ttl", 315_360_000_001, "{value_too_large,315360000001}"),
    invalidArgument("zero", "x-expires", 0, "{value_zero,0}"),
    invalidArgument("a negative number", "x-expires", -5, "{value_negative,-5}"),
    invalidArgument("a string", "x-expires", "100", '"expected integer, got longstr"'),
    invalidArgument("more than ten years", "x-expires", 315_360_000_001, "{value_too_large,315360000001}"),
    invalidArgument("a negative number", "x-max-length", -1, "{value_negative,-1}"),
    invalidArgument("a string", "x-max-length", "5", '"expected integer, got longstr"'),
    invalidArgument("a boolean", "x-max-length-bytes", true, '"expected integer, got bool"'),
    invalidArgument("a negative number", "x-max-length-bytes", -1, "{value_negative,-1}"),
    invalidArgument("a negative number", "x-max-priority", -1, "{value_negative,-1}"),
    invalidArgument("more than 255", "x-max-priority", 256, "{max_value_exceeded,256}"),
    invalidArgument("a string", "x-max-priority", "5", '"expected integer, got longstr"'),
    invalidArgument("a key without an exchange", "x-dead-letter-routing-key", "key", "routing_key_but_no_dlx_defined"),
    invalidArgument("a number", "x-dead-letter-routing-key", 5, "{unacceptable_type,byte}"),
    invalidArgument("an unknown value", "x-overflow", "drop-tail", "invalid_overflow"),
    invalidArgument("a number", "x-overflow", 1, "{unacceptable_type,byte}"),
    invalidArgument("a string", "x-single-active-consumer", "true", "{unacceptable_type,longstr}"),
    invalidArgument("an unknown value", "x-queue-type", "unknown", "\"unsupported queue type 'unknown'\""),
    invalidArgument("a number", "x-queue-type", 5, "{unacceptable_type,byte}"),
    {
      title: "refuses a number as x-dead-letter-exchange",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = context.uniqueName("queue");
        const wrong = { arguments: { "x-dead-letter-exchange": 5 } };
        const where = `in queue '${queue}' in vhost '${virtualHostOf(context)}'`;
        expect(await refusal(client, () => channel.assertQueue(queue, wrong))).toEqual(
          channelError(406, `PRECONDITION_FAILED - invalid type 'byte' for arg 'x-dead-letter-exchange' ${where}`),
        );
      },
    },
    {
      title: "accepts the smallest and largest values, and unknown arguments",
      async run(context) {
        const { channel } = await open(context);
        const accepted = [
          { "x-message-ttl": 0 },
          { "x-message-ttl": 315_360_000_000 },
          { "x-expires": 315_360_000_000 },
          { "x-max-length": 0, "x-max-length-bytes": 0 },
          { "x-max-priority": 0 },
          { "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "" },
          { "x-overflow": "reject-publish-dlx" },
          { "x-something": ["whatever", { it: "is" }] },
        ];
        for (const given of accepted) {
          const queue = await declareQueue(context, channel, { arguments: given });
          await channel.deleteQueue(queue);
        }
      },
    },
    {
      title: "compares a declaration with the existing queue before it checks the values",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        expect(await refusal(client, () => channel.assertQueue(queue, { arguments: { "x-expires": 0 } }))).toEqual(
          inequivalent(context, queue, "x-expires", "received the value '0' of type 'byte' but current is none"),
        );
      },
    },
  ],
};
