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
      title: "delivers a reply to the channel that sent the request",
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
      title: "replaces the reply-to of a request by a name of its own for each channel",
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
      title: "delivers several replies in order, for one request or for many",
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
      title: "refuses a reply consumer with acknowledgements",
      async run(context) {
        const { client, channel } = await open(context);
        expect(await refusal(client, () => channel.consume(replyTo, () => {}))).toEqual(
          channelError(406, "PRECONDITION_FAILED - reply consumer cannot acknowledge"),
        );
      },
    },
    {
      title: "allows one reply consumer per channel",
      async run(context) {
        const { client, channel } = await open(context);
        await consume(channel, replyTo, { noAck: true });
        expect(await refusal(client, () => channel.consume(replyTo, () => {}, { noAck: true }))).toEqual(
          channelError(406, "PRECONDITION_FAILED - reply consumer already set"),
        );
      },
    },
    {
      title: "allows a new reply consumer after a cancel",
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
      title: "refuses a request on a channel without a reply consumer",
      async run(context) {
        const { client, channel } = await open(context);
        const queue = await declareQueue(context, channel);
        expect(await refusal(client, () => channel.sendToQueue(queue, Buffer.alloc(0), { replyTo }))).toEqual(
          channelError(406, "PRECONDITION_FAILED - fast reply consumer does not exist"),
        );
      },
    },
    {
      title: "allows another consumer of the channel to have the tag of the reply consumer",
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
      title: "leaves any other reply-to unchanged",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        await send(channel, queue, "question", { replyTo: `${queue}.answers` });
        expect((await get(channel, queue)).properties.replyTo).toBe(`${queue}.answers`);
      },
    },
    {
      title:
        "delivers a mandatory reply; after the requesting channel has closed, returns it before 4.2 and drops it from 4.2 on",
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
      title: "returns a mandatory reply to a name that never existed",
      async run(context) {
        const { channel } = await open(context);
        expect(await isRouted(channel, "", `${replyTo}.nobody`)).toBe(false);
      },
    },
    {
      title: "refuses basic.get on the pseudo-queue for replies",
      async run(context) {
        const { client, channel } = await open(context);
        expect(await refusal(client, () => channel.get(replyTo))).toMatchObject({ scope: "channel", code: 404 });
      },
    },
    {
      title: "answers a passive declaration of a reply name while its consumer exists",
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
