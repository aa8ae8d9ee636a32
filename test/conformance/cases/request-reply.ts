// Direct reply-to: answers without a queue, by the pseudo-queue amq.rabbitmq.reply-to.
import { expect } from "vitest";
import { isAtLeast } from "../broker-version.ts";
import {
  channelError,
  consume,
  declareQueue,
  get,
  isRouted,
  open,
  refusal,
  send,
  text,
  untilReady,
} from "../case-tools.ts";
import type { ConformanceArea } from "../conformance-case.ts";
import { RawConnection } from "../raw-connection.ts";

const replyTo = "amq.rabbitmq.reply-to";

export const requestReply: ConformanceArea = {
  name: "request-reply",
  cases: [
    {
      title: "carries an answer back to the channel that asked",
      async run(context) {
        const { channel: asking } = await open(context);
        const { channel: answering } = await open(context);
        const queue = await declareQueue(context, answering);
        const inbox = await consume(asking, replyTo, { noAck: true });
        await send(asking, queue, "question", { replyTo, correlationId: "c-1" });
        const question = await get(answering, queue);
        await send(answering, String(question.properties.replyTo), "answer", { correlationId: "c-1" });
        const answer = await inbox.next();
        expect(text(answer)).toBe("answer");
        expect(answer.properties.correlationId).toBe("c-1");
        expect(answer.fields).toMatchObject({
          exchange: "",
          routingKey: question.properties.replyTo,
          redelivered: false,
        });
      },
    },
    {
      title: "gives each channel a name of its own, in place of the general one",
      async run(context) {
        const { client, channel: one } = await open(context);
        const two = await client.confirmChannel();
        const queue = await declareQueue(context, one);
        const names: string[] = [];
        for (const channel of [one, two, one]) {
          if (names.length < 2) await consume(channel, replyTo, { noAck: true });
          await send(channel, queue, "question", { replyTo });
          names.push(String((await get(one, queue)).properties.replyTo));
        }
        // Clients look at the form: PHP's extension expects 16 bytes in base 64 at the end.
        for (const name of names) expect(name).toMatch(/^amq\.rabbitmq\.reply-to\.[^.]+\.[A-Za-z0-9+/]{22}==$/);
        expect(names[0]).toBe(names[2]);
        expect(names[0]).not.toBe(names[1]);
      },
    },
    {
      title: "delivers several answers in order, to one question or to many",
      async run(context) {
        const { client, channel: asking } = await open(context);
        const answering = await client.confirmChannel();
        const queue = await declareQueue(context, asking);
        const inbox = await consume(asking, replyTo, { noAck: true });
        await send(asking, queue, "question", { replyTo });
        const { properties } = await get(answering, queue);
        const bodies = Array.from({ length: 20 }, (_, index) => `${index}`);
        for (const body of bodies) answering.publish("", String(properties.replyTo), Buffer.from(body));
        expect(await inbox.takeTexts(20)).toEqual(bodies);
      },
    },
    {
      title: "wants a consumer that does not acknowledge",
      async run(context) {
        const { client, channel } = await open(context);
        expect(await refusal(client, () => channel.consume(replyTo, () => {}))).toEqual(
          channelError(406, "PRECONDITION_FAILED - reply consumer cannot acknowledge"),
        );
      },
    },
    {
      title: "has one consumer a channel",
      async run(context) {
        const { client, channel } = await open(context);
        await consume(channel, replyTo, { noAck: true });
        expect(await refusal(client, () => channel.consume(replyTo, () => {}, { noAck: true }))).toEqual(
          channelError(406, "PRECONDITION_FAILED - reply consumer already set"),
        );
      },
    },
    {
      title: "may be consumed again after a cancel",
      async run(context) {
        const { channel } = await open(context);
        const first = await consume(channel, replyTo, { noAck: true });
        await channel.cancel(first.consumerTag);
        const second = await consume(channel, replyTo, { noAck: true });
        const queue = await declareQueue(context, channel);
        await send(channel, queue, "question", { replyTo });
        const question = await get(channel, queue);
        await send(channel, String(question.properties.replyTo), "answer");
        expect(text(await second.next())).toBe("answer");
      },
    },
    {
      title: "refuses a question on a channel that listens to no answers",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        expect(await refusal(client, () => channel.sendToQueue(queue, Buffer.alloc(0), { replyTo }))).toEqual(
          channelError(406, "PRECONDITION_FAILED - fast reply consumer does not exist"),
        );
      },
    },
    {
      title: "lets another consumer of the channel have the tag of the one that waits for answers",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        const answers = await consume(channel, replyTo, { noAck: true, consumerTag: "one" });
        await channel.consume(queue, () => {}, { consumerTag: "one", noAck: true });
        await channel.checkQueue(queue);
        expect(answers.messages).toEqual([]);
      },
    },
    {
      title: "leaves any other reply-to as it is",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await send(channel, queue, "question", { replyTo: `${queue}.answers` });
        expect((await get(channel, queue)).properties.replyTo).toBe(`${queue}.answers`);
      },
    },
    {
      title: "delivers a mandatory answer; once the channel that asked is gone it is returned, and since 4.2 dropped",
      async run(context) {
        const { client, channel: answering } = await open(context);
        const asking = await client.confirmChannel();
        const queue = await declareQueue(context, answering);
        const inbox = await consume(asking, replyTo, { noAck: true });
        await send(asking, queue, "question", { replyTo });
        const name = String((await get(answering, queue)).properties.replyTo);
        // RabbitMQ 3.10 to 4.1 return it as well: the name is no queue for them.
        await send(answering, name, "answer", { mandatory: true });
        expect(await inbox.takeTexts(1)).toEqual(["answer"]);
        await asking.close();
        expect(await isRouted(answering, "", name)).toBe(isAtLeast(context.broker, 4, 2));
      },
    },
    {
      title: "returns a mandatory answer to a name that never was",
      async run(context) {
        const { channel } = await open(context);
        expect(await isRouted(channel, "", `${replyTo}.nobody`)).toBe(false);
      },
    },
    {
      title: "is no queue to get from",
      async run(context) {
        const { client, channel } = await open(context);
        expect(await refusal(client, () => channel.get(replyTo))).toMatchObject({ scope: "channel", code: 404 });
      },
    },
    {
      title: "tells by a passive declaration that an answer would still be heard",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await raw.openChannel(1);
        await raw.call(1, "BasicConsume", { queue: replyTo, consumerTag: "answers", noAck: true });
        raw.publish(1, { routingKey: queue }, { replyTo }, "question");
        await untilReady(channel, queue, 1);
        const name = String((await get(channel, queue)).properties.replyTo);
        expect(await channel.checkQueue(name)).toMatchObject({ queue: name, consumerCount: 1 });
      },
    },
  ],
};
