// Exchanges as such: declaring them, finding them, publishing to internal ones.
import type { Options } from "amqplib";
import { expect } from "vitest";
import { isAtLeast } from "../broker-version.ts";
import { channelError, connectionError, drain, open, publish, refusal, virtualHostOf } from "../case-tools.ts";
import type { CaseContext, ConformanceArea, ConformanceCase, ReplyError } from "../conformance-case.ts";
import { RawConnection } from "../raw-connection.ts";
import { boundQueue, declareExchange } from "../routing-tools.ts";

const types = ["direct", "fanout", "topic", "headers"] as const;

/** A second declaration of an exchange that was declared as `first`, and how the refusal ends. */
interface Inequivalence {
  readonly what: string;
  readonly first?: Options.AssertExchange & { readonly type?: string };
  readonly second?: Options.AssertExchange & { readonly type?: string };
  readonly argument: string;
  readonly words: string;
}

const inequivalences: readonly Inequivalence[] = [
  {
    what: "another type",
    second: { type: "fanout" },
    argument: "type",
    words: "received 'fanout' but current is 'direct'",
  },
  {
    what: "another durable",
    second: { durable: false },
    argument: "durable",
    words: "received 'false' but current is 'true'",
  },
  {
    what: "another auto_delete",
    second: { autoDelete: true },
    argument: "auto_delete",
    words: "received 'true' but current is 'false'",
  },
  {
    what: "another internal",
    second: { internal: true },
    argument: "internal",
    words: "received 'true' but current is 'false'",
  },
  {
    what: "another alternate exchange",
    first: { alternateExchange: "one" },
    second: { alternateExchange: "two" },
    argument: "alternate-exchange",
    words: "received 'two' but current is 'one'",
  },
  {
    what: "an alternate exchange if the first has none",
    second: { alternateExchange: "two" },
    argument: "alternate-exchange",
    words: "received the value 'two' of type 'longstr' but current is none",
  },
  {
    what: "no alternate exchange if the first has one",
    first: { alternateExchange: "one" },
    argument: "alternate-exchange",
    words: "received none but current is the value 'one' of type 'longstr'",
  },
];

function refusesAnother({ what, first = {}, second = {}, argument, words }: Inequivalence): ConformanceCase {
  return {
    title: `refuses a second declaration with ${what}`,
    async run(context) {
      const { client, channel } = await open(context);
      const name = context.uniqueName("exchange");
      await channel.assertExchange(name, first.type ?? "direct", first);
      const error = await refusal(client, () => channel.assertExchange(name, second.type ?? "direct", second));
      const start = `PRECONDITION_FAILED - inequivalent arg '${argument}' for exchange '${name}'`;
      expect(error).toEqual(channelError(406, `${start} in vhost '${virtualHostOf(context)}': ${words}`));
    },
  };
}

export const exchanges: ConformanceArea = {
  name: "exchanges",
  cases: [
    {
      title: "declares an exchange of each type, and accepts the same declaration again",
      async run(context) {
        const { channel } = await open(context);
        for (const type of types) {
          const name = await declareExchange(context, channel, type);
          await channel.assertExchange(name, type);
          await channel.checkExchange(name);
        }
      },
    },
    ...inequivalences.map(refusesAnother),
    {
      title: "ignores unknown arguments when it compares declarations",
      async run(context) {
        const { channel } = await open(context);
        const name = await declareExchange(context, channel, "direct", { arguments: { "x-unknown": 1 } });
        await channel.assertExchange(name, "direct", { arguments: { "x-other": "2" } });
      },
    },
    {
      title: "refuses an alternate exchange that is not a string",
      async run(context) {
        const { client, channel } = await open(context);
        const name = context.uniqueName("exchange");
        const options = { arguments: { "alternate-exchange": true } };
        const error = await refusal(client, () => channel.assertExchange(name, "direct", options));
        const words = `invalid type 'bool' for arg 'alternate-exchange' in exchange '${name}'`;
        expect(error).toEqual(channelError(406, `PRECONDITION_FAILED - ${words} in vhost '${virtualHostOf(context)}'`));
      },
    },
    {
      title: "refuses an unknown exchange type",
      async run(context) {
        const { client, channel } = await open(context);
        const error = await refusal(client, () => channel.assertExchange(context.uniqueName("exchange"), "x-nope"));
        // Until 3.12 the whole connection was closed: rabbitmq-server#11214.
        expect(error).toEqual(
          isAtLeast(context.broker, 3, 13)
            ? channelError(406, "PRECONDITION_FAILED - unknown exchange type 'x-nope'")
            : connectionError(503, "COMMAND_INVALID - unknown exchange type 'x-nope'"),
        );
      },
    },
    {
      title: "finds an existing exchange by a passive declaration, whatever its type and flags",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        await raw.openChannel(1);
        await raw.call(1, "ExchangeDeclare", { exchange: "amq.topic", type: "fanout", passive: true, internal: true });
      },
    },
    {
      title: "answers 404 to a passive declaration of an exchange that does not exist",
      async run(context) {
        const { client, channel } = await open(context);
        const name = context.uniqueName("absent");
        expect(await refusal(client, () => channel.checkExchange(name))).toEqual(noExchange(context, name));
      },
    },
    {
      title: "declares an exchange with nowait without an answer",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        await raw.openChannel(1);
        const exchange = context.uniqueName("exchange");
        raw.method(1, "ExchangeDeclare", { exchange, type: "direct", nowait: true });
        raw.method(1, "ExchangeDeclare", { exchange, passive: true });
        await raw.expect("ExchangeDeclareOk", 1);
        raw.method(1, "ExchangeDelete", { exchange, nowait: true });
        raw.method(1, "ExchangeDeclare", { exchange, passive: true });
        expect(await raw.refusal("channel")).toEqual(noExchange(context, exchange));
      },
    },
    {
      title: "refuses a publish to an internal exchange, which other exchanges can route to",
      async run(context) {
        const { client, channel } = await open(context);
        const internal = await declareExchange(context, channel, "fanout", { internal: true });
        const front = await declareExchange(context, channel, "fanout");
        const queue = await boundQueue(context, channel, internal, "");
        await channel.bindExchange(internal, front, "");
        await publish(channel, front, "", "inside");
        expect(await drain(channel, queue)).toEqual(["inside"]);
        const words = `cannot publish to internal exchange '${internal}' in vhost '${virtualHostOf(context)}'`;
        expect(await refusal(client, () => channel.publish(internal, "", Buffer.alloc(0)))).toEqual(
          channelError(403, `ACCESS_REFUSED - ${words}`),
        );
      },
    },
  ],
};

function noExchange(context: CaseContext, name: string): ReplyError {
  return channelError(404, `NOT_FOUND - no exchange '${name}' in vhost '${virtualHostOf(context)}'`);
}
