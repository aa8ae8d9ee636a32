// Mandatory and immediate messages, and messages to exchanges that do not exist.
import { expect } from "vitest";
import {
  channelError,
  connectionError,
  declareQueue,
  drain,
  isRouted,
  open,
  refusal,
  send,
  virtualHostOf,
} from "../case-tools.ts";
import type { ConformanceArea } from "../conformance-case.ts";
import { RawConnection } from "../raw-connection.ts";
import { boundQueue, declareExchange } from "../routing-tools.ts";

const properties = {
  contentType: "text/plain",
  contentEncoding: "identity",
  headers: { word: "text", number: 7, flag: true },
  deliveryMode: 2,
  priority: 4,
  correlationId: "correlation",
  replyTo: "somewhere",
  expiration: "60000",
  messageId: "message",
  timestamp: 1_700_000_000,
  type: "kind",
  appId: "application",
};

export const returns: ConformanceArea = {
  name: "returns",
  cases: [
    {
      title: "returns an unroutable mandatory message with 312, its properties and its body",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        await raw.openChannel(1);
        const routingKey = context.uniqueName("key");
        raw.publish(1, { exchange: "amq.topic", routingKey, mandatory: true }, properties, "the body");
        const returned = await raw.message("BasicReturn", 1);
        expect(returned.method).toEqual({ replyCode: 312, replyText: "NO_ROUTE", exchange: "amq.topic", routingKey });
        expect(returned.properties).toMatchObject(properties);
        expect(returned.body.toString()).toBe("the body");
      },
    },
    {
      title: "returns a message without properties and body unchanged",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        await raw.openChannel(1);
        raw.publish(1, { routingKey: context.uniqueName("absent"), mandatory: true });
        const { body, properties: none } = await raw.message("BasicReturn", 1);
        expect(body.length).toBe(0);
        expect(Object.values(none).every((value) => value === undefined)).toBe(true);
      },
    },
    {
      title: "returns a body of several frames completely",
      async run(context) {
        await using raw = await RawConnection.open(context.url, { frameMax: 8192 });
        await raw.openChannel(1);
        const body = Array.from({ length: 20_000 }, (_, index) => `${index % 10}`).join("");
        raw.publish(1, { routingKey: context.uniqueName("absent"), mandatory: true }, {}, body, 8000);
        expect((await raw.message("BasicReturn", 1)).body.toString()).toBe(body);
      },
    },
    {
      title: "returns messages in the order of the publishes",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        await raw.openChannel(1);
        for (const body of ["a", "b", "c"]) raw.publish(1, { routingKey: "absent", mandatory: true }, {}, body);
        for (const body of ["a", "b", "c"]) expect(String((await raw.message("BasicReturn", 1)).body)).toBe(body);
      },
    },
    {
      title: "does not return a message that is not mandatory",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        await raw.openChannel(1);
        const routingKey = context.uniqueName("absent");
        raw.publish(1, { routingKey }, {}, "dropped");
        raw.publish(1, { routingKey, mandatory: true }, {}, "returned");
        expect(String((await raw.message("BasicReturn", 1)).body)).toBe("returned");
      },
    },
    {
      title: "does not return a message that reached a queue",
      async run(context) {
        const { channel } = await open(context);
        const exchange = await declareExchange(context, channel, "topic");
        expect(await isRouted(channel, exchange, "a.b")).toBe(false);
        await boundQueue(context, channel, exchange, "a.*");
        expect(await isRouted(channel, exchange, "a.b")).toBe(true);
        expect(await isRouted(channel, exchange, "b.a")).toBe(false);
      },
    },
    {
      title: "does not return a message that a full queue refused",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel, { maxLength: 1, overflow: "reject-publish" });
        await send(channel, queue, "first");
        await raw.openChannel(1);
        await raw.call(1, "ConfirmSelect");
        raw.publish(1, { routingKey: queue, mandatory: true }, {}, "second");
        expect(await raw.expect("BasicNack", 1)).toMatchObject({ deliveryTag: 1 });
      },
    },
    {
      title: "closes the connection with 540 for an immediate message",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        await raw.openChannel(1);
        raw.publish(1, { routingKey: "any", immediate: true }, {}, "now");
        expect(await raw.refusal("connection")).toEqual(connectionError(540, "NOT_IMPLEMENTED - immediate=true"));
      },
    },
    {
      title: "closes only the channel with 404 for a publish to an exchange that does not exist",
      async run(context) {
        const { client, channel } = await open(context);
        const beside = await client.confirmChannel();
        const queue = await declareQueue(context, beside);
        const absent = context.uniqueName("absent");
        const error = await refusal(client, () => channel.publish(absent, "key", Buffer.alloc(0), { mandatory: true }));
        const words = `NOT_FOUND - no exchange '${absent}' in vhost '${virtualHostOf(context)}'`;
        expect(error).toEqual(channelError(404, words));
        await send(beside, queue, "still here");
        expect(await drain(beside, queue)).toEqual(["still here"]);
      },
    },
    {
      title: "names basic.publish in the error if the exchange does not exist",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        await raw.openChannel(1);
        raw.publish(1, { exchange: context.uniqueName("absent") }, {}, "x");
        expect(await raw.expect("ChannelClose", 1)).toMatchObject({ replyCode: 404, classId: 60, methodId: 40 });
      },
    },
  ],
};
