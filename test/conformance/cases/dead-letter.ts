// Dead letters: which messages become one, where they go, and when they are dropped instead.
import { expect } from "vitest";
import { isAtLeast } from "../broker-version.ts";
import {
  channelError,
  consume,
  declareQueue,
  drain,
  get,
  open,
  publish,
  refusal,
  send,
  sendAll,
  text,
  untilReady,
  virtualHostOf,
} from "../case-tools.ts";
import type { ConformanceArea } from "../conformance-case.ts";
import type { Inbox } from "../inbox.ts";

export const deadLetter: ConformanceArea = {
  name: "dead-letter",
  cases: [
    {
      title: "dead-letters rejected messages, alone or with multiple, but not acknowledged or requeued ones",
      async run(context) {
        const { channel } = await open(context);
        const dead = await declareQueue(context, channel);
        const queue = await declareQueue(context, channel, { deadLetterExchange: "", deadLetterRoutingKey: dead });
        const letters = await consume(channel, dead);
        await sendAll(channel, queue, ["acked", "rejected", "x", "y", "requeued"]);
        channel.ack(await get(channel, queue));
        channel.reject(await get(channel, queue), false);
        await get(channel, queue);
        channel.nack(await get(channel, queue), true, false);
        channel.reject(await get(channel, queue), true);
        expect(await letters.takeTexts(3)).toEqual(["rejected", "x", "y"]);
        expect(await drain(channel, queue)).toEqual(["requeued"]);
        expect(letters.waiting).toBe(0);
      },
    },
    {
      title: "dead-letters with the original routing key, unless the queue has a dead-letter routing key",
      async run(context) {
        const { channel } = await open(context);
        const exchange = context.uniqueName("dlx");
        await channel.assertExchange(exchange, "direct", { durable: false });
        const kept = await declareQueue(context, channel, { deadLetterExchange: exchange });
        const renamed = await declareQueue(context, channel, {
          deadLetterExchange: exchange,
          deadLetterRoutingKey: "renamed",
        });
        const letters = [await declareQueue(context, channel), await declareQueue(context, channel)] as const;
        await channel.bindQueue(letters[0], exchange, "original");
        await channel.bindQueue(letters[1], exchange, "renamed");
        for (const queue of [kept, renamed]) {
          await channel.bindQueue(queue, "amq.direct", "original");
          await channel.bindQueue(queue, "amq.direct", queue);
        }
        const byKey = await consume(channel, letters[0]);
        const byArgument = await consume(channel, letters[1]);
        await publish(channel, "amq.direct", "original", "a");
        channel.reject(await get(channel, kept), false);
        channel.reject(await get(channel, renamed), false);
        expect((await byKey.next()).fields).toMatchObject({ exchange, routingKey: "original" });
        expect((await byArgument.next()).fields).toMatchObject({ exchange, routingKey: "renamed" });
        expect([byKey.waiting, byArgument.waiting]).toEqual([0, 0]);
      },
    },
    {
      title: "sends a dead letter to every queue that is bound for it",
      async run(context) {
        const { channel } = await open(context);
        const exchange = context.uniqueName("dlx");
        await channel.assertExchange(exchange, "fanout", { durable: false });
        const queue = await declareQueue(context, channel, { deadLetterExchange: exchange });
        const inboxes = [];
        for (let count = 0; count < 2; count++) {
          const dead = await declareQueue(context, channel);
          await channel.bindQueue(dead, exchange, "");
          inboxes.push(await consume(channel, dead));
        }
        await send(channel, queue, "a");
        channel.reject(await get(channel, queue), false);
        for (const inbox of inboxes) expect(await inbox.takeTexts(1)).toEqual(["a"]);
      },
    },
    {
      title: "uses the alternate exchange of the dead-letter exchange",
      async run(context) {
        const { channel } = await open(context);
        const [exchange, alternate] = [context.uniqueName("dlx"), context.uniqueName("alternate")];
        await channel.assertExchange(alternate, "fanout", { durable: false });
        await channel.assertExchange(exchange, "direct", { durable: false, alternateExchange: alternate });
        const queue = await declareQueue(context, channel, { deadLetterExchange: exchange });
        const dead = await declareQueue(context, channel);
        await channel.bindQueue(dead, alternate, "");
        const letters = await consume(channel, dead);
        await send(channel, queue, "a");
        channel.reject(await get(channel, queue), false);
        expect(await letters.takeTexts(1)).toEqual(["a"]);
      },
    },
    {
      title: "drops a dead letter if its exchange does not exist or has no queue for it",
      async run(context) {
        const { client, channel } = await open(context);
        const exchange = context.uniqueName("dlx");
        const queue = await declareQueue(context, channel, { deadLetterExchange: exchange });
        await sendAll(channel, queue, ["no exchange", "no queue", "arrives"]);
        channel.reject(await get(channel, queue), false);
        // The queue answers to a get after it has dealt with the rejection.
        const second = await get(channel, queue);
        await channel.assertExchange(exchange, "fanout", { durable: false });
        channel.reject(second, false);
        const third = await get(channel, queue);
        const dead = await declareQueue(context, channel);
        await channel.bindQueue(dead, exchange, "");
        channel.reject(third, false);
        const letters = await consume(channel, dead);
        expect(await letters.takeTexts(1)).toEqual(["arrives"]);
        expect(client.errors).toEqual([]);
      },
    },
    {
      title: "does not dead-letter unacknowledged or purged messages of a deleted queue",
      async run(context) {
        const { client, channel } = await open(context);
        const dead = await declareQueue(context, channel);
        const queue = await declareQueue(context, channel, { deadLetterExchange: "", deadLetterRoutingKey: dead });
        const letters = await consume(channel, dead);
        await sendAll(channel, queue, ["held", "ready"]);
        const other = await client.channel();
        const held = await get(other, queue);
        await channel.deleteQueue(queue);
        other.reject(held, false);
        await declareQueue(context, other);
        await send(channel, dead, "marker");
        expect(await letters.takeTexts(1)).toEqual(["marker"]);
      },
    },
    {
      title: "confirms a message when its queue has it, and does not return it later as a dead letter",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel, {
          messageTtl: 0,
          deadLetterExchange: "",
          deadLetterRoutingKey: context.uniqueName("missing"),
        });
        const returned: string[] = [];
        channel.on("return", (message) => returned.push(text(message)));
        await send(channel, queue, "a", { mandatory: true });
        await untilReady(channel, queue, 0);
        await send(channel, await declareQueue(context, channel), "b", { mandatory: true });
        expect(returned).toEqual([]);
      },
    },
    {
      title: "refuses a dead-letter exchange if the user may not write to it or may not read the queue",
      async run(context) {
        const { broker } = context;
        const user = { name: context.uniqueName("user"), password: "secret" };
        await broker.addUser(user);
        await broker.setPermissions(user.name, { configure: ".*", write: "^open", read: "^open" });
        const url = new URL(context.url);
        url.username = user.name;
        url.password = user.password;
        const client = await context.connect({ url: url.href });
        const [opened, closed] = [context.uniqueName("open"), context.uniqueName("closed")];
        const tries = [
          { queue: opened, deadLetterExchange: closed, access: "write access", to: `exchange '${closed}'` },
          { queue: closed, deadLetterExchange: opened, access: "read access", to: `queue '${closed}'` },
        ];
        for (const { queue, deadLetterExchange, access, to } of tries) {
          const channel = await client.channel();
          const words = isAtLeast(context.broker, 4) ? access : "access";
          expect(await refusal(client, () => channel.assertQueue(queue, { deadLetterExchange }))).toEqual(
            channelError(
              403,
              `ACCESS_REFUSED - ${words} to ${to} in vhost '${virtualHostOf(context)}' refused for user '${user.name}'`,
            ),
          );
        }
      },
    },
    {
      title: "also routes a dead letter by its CC keys, unless the queue has a dead-letter routing key",
      async run(context) {
        const { channel } = await open(context);
        const exchange = context.uniqueName("dlx");
        await channel.assertExchange(exchange, "direct", { durable: false });
        const keys = ["key", "copy", "renamed"] as const;
        const letters: Inbox[] = [];
        for (const key of keys) {
          const dead = await declareQueue(context, channel);
          await channel.bindQueue(dead, exchange, key);
          letters.push(await consume(channel, dead));
        }
        const [byKey, byCopy, byArgument] = letters as [Inbox, Inbox, Inbox];
        const kept = await declareQueue(context, channel, { deadLetterExchange: exchange });
        const renamed = await declareQueue(context, channel, {
          deadLetterExchange: exchange,
          deadLetterRoutingKey: "renamed",
        });
        for (const queue of [kept, renamed]) await channel.bindQueue(queue, "amq.direct", "key");
        await publish(channel, "amq.direct", "key", "a", { CC: ["copy"] });
        channel.reject(await get(channel, renamed), false);
        const { properties } = await byArgument.next();
        // Since 4.0 the header stays, though its keys are not used.
        const copies = isAtLeast(context.broker, 4) ? ["copy"] : undefined;
        expect(properties.headers?.["CC"]).toEqual(copies);
        channel.reject(await get(channel, kept), false);
        for (const inbox of [byKey, byCopy]) {
          const letter = await inbox.next();
          expect(letter.fields.routingKey).toBe("key");
          expect(letter.properties.headers).toMatchObject({ CC: ["copy"] });
        }
        expect(letters.map((inbox) => inbox.messages.length)).toEqual([1, 1, 1]);
      },
    },
  ],
};
