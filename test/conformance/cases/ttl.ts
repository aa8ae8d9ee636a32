// Time to live: of all messages of a queue, of one message, and what comes of those whose time is over.
import type { Channel, ConfirmChannel, ConsumeMessage, Options } from "amqplib";
import { expect } from "vitest";
import {
  channelError,
  consume,
  counts,
  declareQueue,
  drain,
  get,
  isRouted,
  open,
  refusal,
  send,
  sendAll,
  text,
  texts,
  untilReady,
  untilUnroutable,
} from "../case-tools.ts";
import type { CaseContext, ConformanceArea, ConformanceCase } from "../conformance-case.ts";
import type { Inbox } from "../inbox.ts";

/** A queue whose dead letters arrive in an inbox. */
async function withLetters(
  context: CaseContext,
  channel: Channel,
  options: Options.AssertQueue = {},
): Promise<{ queue: string; letters: Inbox }> {
  const dead = await declareQueue(context, channel);
  const queue = await declareQueue(context, channel, {
    ...options,
    deadLetterExchange: "",
    deadLetterRoutingKey: dead,
  });
  return { queue, letters: await consume(channel, dead, { noAck: true }) };
}

/**
 * Sends "held" and "waiting" to a queue whose consumer takes one message: it has the first from the moment of its publish, however
 * short the TTL is and however slow the machine.
 */
async function sendHeld(channel: ConfirmChannel, queue: string): Promise<ConsumeMessage> {
  await channel.prefetch(1);
  const inbox = await consume(channel, queue);
  await sendAll(channel, queue, ["held", "waiting"]);
  const held = await inbox.next();
  await channel.cancel(inbox.consumerTag);
  return held;
}

function invalidExpiration(expiration: string, words: string): ConformanceCase {
  return {
    title: `closes the channel with 406 for the expiration "${expiration}"`,
    async run(context) {
      const { client, channel } = await open(context);
      const queue = await declareQueue(context, channel);
      expect(await refusal(client, () => channel.publish("", queue, Buffer.from("a"), { expiration }))).toEqual(
        channelError(406, `PRECONDITION_FAILED - invalid expiration '${expiration}': ${words}`),
      );
    },
  };
}

export const ttl: ConformanceArea = {
  name: "ttl",
  cases: [
    {
      title: "expires messages after the x-message-ttl of the queue, in order",
      async run(context) {
        const { channel } = await open(context);
        const { queue, letters } = await withLetters(context, channel, { messageTtl: 80 });
        const sent = Date.now();
        await sendAll(channel, queue, ["a", "b", "c"]);
        expect(await letters.takeTexts(3)).toEqual(["a", "b", "c"]);
        expect(Date.now() - sent).toBeGreaterThanOrEqual(75);
        expect(await channel.get(queue)).toBe(false);
      },
    },
    {
      title: "expires a message after its own expiration",
      async run(context) {
        const { channel } = await open(context);
        const { queue, letters } = await withLetters(context, channel);
        const sent = Date.now();
        await send(channel, queue, "a", { expiration: 80 });
        expect(await letters.takeTexts(1)).toEqual(["a"]);
        expect(Date.now() - sent).toBeGreaterThanOrEqual(75);
      },
    },
    {
      title: "expires a message after the shorter of the queue's TTL and its own expiration",
      async run(context) {
        const { channel } = await open(context);
        const patient = await withLetters(context, channel, { messageTtl: 60_000 });
        const hasty = await withLetters(context, channel, { messageTtl: 50 });
        await send(channel, patient.queue, "by message", { expiration: 50 });
        await send(channel, hasty.queue, "by queue", { expiration: 60_000 });
        expect(await patient.letters.takeTexts(1)).toEqual(["by message"]);
        expect(await hasty.letters.takeTexts(1)).toEqual(["by queue"]);
      },
    },
    {
      title: "drops expired messages if there is no dead-letter exchange",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel, { messageTtl: 40 });
        await sendAll(channel, queue, ["a", "b"]);
        await untilReady(channel, queue, 0);
        expect(await drain(channel, queue)).toEqual([]);
        expect(await channel.deleteQueue(queue)).toEqual({ messageCount: 0 });
      },
    },
    {
      title: "keeps an expired message behind one without expiration until it is at the head",
      async run(context) {
        const { channel } = await open(context);
        const { queue, letters } = await withLetters(context, channel);
        const clock = await withLetters(context, channel);
        await send(channel, queue, "long");
        await send(channel, queue, "short", { expiration: 40 });
        await send(channel, clock.queue, "tick", { expiration: 100 });
        await clock.letters.next();
        expect((await counts(channel, queue)).messages).toBe(2);
        expect(letters.waiting).toBe(0);
        expect(text(await get(channel, queue))).toBe("long");
        expect(await letters.takeTexts(1)).toEqual(["short"]);
        expect((await counts(channel, queue)).messages).toBe(0);
      },
    },
    {
      title: "never delivers an expired message, and removes it so that the next one is delivered",
      async run(context) {
        const { channel } = await open(context);
        const { queue, letters } = await withLetters(context, channel);
        await send(channel, queue, "late", { expiration: 40 });
        await send(channel, queue, "lasting");
        await letters.next();
        expect(await drain(channel, queue)).toEqual(["lasting"]);
      },
    },
    {
      title: "expires a message at once with a TTL of 0, unless a consumer is waiting",
      async run(context) {
        const { channel } = await open(context);
        const { queue, letters } = await withLetters(context, channel, { messageTtl: 0 });
        await send(channel, queue, "nobody waits");
        expect(await letters.takeTexts(1)).toEqual(["nobody waits"]);
        const inbox = await consume(channel, queue);
        await send(channel, queue, "somebody waits");
        expect(await inbox.takeTexts(1)).toEqual(["somebody waits"]);
        expect(letters.waiting).toBe(0);
      },
    },
    {
      title: "treats an expiration of 0 like a TTL of 0",
      async run(context) {
        const { channel } = await open(context);
        const { queue, letters } = await withLetters(context, channel);
        await send(channel, queue, "nobody waits", { expiration: "0" });
        expect(await letters.takeTexts(1)).toEqual(["nobody waits"]);
        const inbox = await consume(channel, queue);
        await send(channel, queue, "somebody waits", { expiration: "0" });
        expect(await inbox.takeTexts(1)).toEqual(["somebody waits"]);
      },
    },
    {
      title: "does not expire unacknowledged messages",
      async run(context) {
        const { channel } = await open(context);
        const { queue, letters } = await withLetters(context, channel, { messageTtl: 120 });
        const held = await sendHeld(channel, queue);
        expect(await letters.takeTexts(1)).toEqual(["waiting"]);
        channel.ack(held);
        await counts(channel, queue);
        expect(letters.waiting).toBe(0);
      },
    },
    {
      title: "keeps the original deadline of a requeued message",
      async run(context) {
        const { channel } = await open(context);
        const dead = await declareQueue(context, channel);
        const deadLetters = { deadLetterExchange: "", deadLetterRoutingKey: dead };
        // Both are longer than a pause of a loaded machine.
        const [messageTtl, half] = [2000, 1000];
        const queue = await declareQueue(context, channel, { ...deadLetters, messageTtl });
        const clock = await declareQueue(context, channel, { ...deadLetters, messageTtl });
        const letters = await consume(channel, dead, { noAck: true });
        await send(channel, queue, "given back");
        const held = await get(channel, queue);
        await send(channel, clock, "half the time", { expiration: half });
        await letters.next();
        // With a deadline of its own from now on, it would come after this one.
        await send(channel, clock, "sent before it was given back");
        channel.nack(held);
        expect(await letters.takeTexts(2)).toEqual(["given back", "sent before it was given back"]);
      },
    },
    {
      title: "expires a message at once that is requeued after its deadline",
      async run(context) {
        const { channel } = await open(context);
        const { queue, letters } = await withLetters(context, channel, { messageTtl: 120 });
        const held = await sendHeld(channel, queue);
        await letters.next();
        channel.nack(held, false, true);
        const [letter] = await letters.take(1);
        expect(letter && text(letter)).toBe("held");
        expect(letter?.properties.headers?.["x-death"]).toMatchObject([{ reason: "expired", queue }]);
      },
    },
    {
      title: "keeps the expiration of a message that is delivered in time",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await send(channel, queue, "a", { expiration: 60_000 });
        expect((await get(channel, queue)).properties.expiration).toBe("60000");
      },
    },
    {
      title: "dead-letters nothing when the queue expires, is purged or is deleted",
      async run(context) {
        const { channel } = await open(context);
        const expiring = await withLetters(context, channel, { expires: 500 });
        await send(channel, expiring.queue, "expired with the queue");
        const purged = await withLetters(context, channel);
        await send(channel, purged.queue, "purged");
        await channel.purgeQueue(purged.queue);
        const deleted = await withLetters(context, channel);
        await send(channel, deleted.queue, "deleted");
        await channel.deleteQueue(deleted.queue);
        await untilUnroutable(channel, expiring.queue);
        const marker = await withLetters(context, channel);
        await send(channel, marker.queue, "marker", { expiration: "0" });
        await marker.letters.next();
        expect(texts([expiring, purged, deleted].flatMap(({ letters }) => letters.messages))).toEqual([]);
      },
    },
    {
      title: "accepts an expiration of ten years",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await send(channel, queue, "a", { expiration: "315360000000" });
        expect(await isRouted(channel, "", queue)).toBe(true);
      },
    },
    invalidExpiration("soon", "no_integer"),
    invalidExpiration("", "no_integer"),
    invalidExpiration(" 10", "no_integer"),
    invalidExpiration("-1", "{value_negative,-1}"),
    invalidExpiration("1.5", '{leftover_string,".5"}'),
    invalidExpiration("10ms", '{leftover_string,"ms"}'),
    invalidExpiration("315360000001", "{value_too_large,315360000001}"),
  ],
};
