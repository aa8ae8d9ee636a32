// The core operations, written once for whichever library runs them.
import { expect } from "vitest";
import { until } from "../../support/broker.ts";
import type { CaseContext } from "../conformance-case.ts";
import type { CoreClient, CoreDelivery, CoreProperties } from "./core-client.ts";

/** A case that gets its own client. */
export interface CoreCase {
  readonly title: string;
  run(client: CoreClient, context: CaseContext): Promise<void>;
}

const properties: CoreProperties = {
  contentType: "application/octet-stream",
  contentEncoding: "identity",
  headers: { word: "text" },
  persistent: true,
  priority: 3,
  correlationId: "correlation",
  replyTo: "somewhere",
  expiration: "60000",
  messageId: "message",
  timestamp: 1_700_000_000,
  type: "kind",
  userId: "guest",
  appId: "application",
};

const headers = {
  text: "grüße 🐇",
  empty: "",
  yes: true,
  no: false,
  small: -5,
  short: 300,
  int: -70_000,
  long: 5_000_000_000,
  fraction: 1.25,
  nothing: null,
  list: [1, "two", [3, { four: 4 }], null, true],
  table: { inner: { innermost: "x" }, number: 7 },
};

export const coreCases: readonly CoreCase[] = [
  {
    title: "declares a queue, accepts the same declaration again, and counts its messages",
    async run(client, context) {
      const queue = context.uniqueName("queue");
      expect(await client.declareQueue(queue)).toEqual({ messages: 0, consumers: 0 });
      await client.publish({ routingKey: queue });
      expect(await client.declareQueue(queue)).toEqual({ messages: 1, consumers: 0 });
      expect(await client.deleteQueue(queue)).toBe(1);
    },
  },
  {
    title: "routes by the bindings of an exchange, until a binding is removed",
    async run(client, context) {
      const [queue, exchange] = [context.uniqueName("queue"), context.uniqueName("exchange")];
      await client.declareQueue(queue);
      await client.declareExchange(exchange, "topic");
      await client.bind(queue, exchange, "order.*");
      await client.publish({ exchange, routingKey: "order.paid", body: Buffer.from("paid") });
      await client.publish({ exchange, routingKey: "user.born", body: Buffer.from("born") });
      await client.unbind(queue, exchange, "order.*");
      await client.publish({ exchange, routingKey: "order.sent", body: Buffer.from("sent") });
      const delivery = await client.get(queue);
      expect(delivery).toMatchObject({ exchange, routingKey: "order.paid", redelivered: false, messageCount: 0 });
      expect(String(delivery?.body)).toBe("paid");
    },
  },
  {
    title: "delivers to a consumer in order, and removes acknowledged messages",
    async run(client, context) {
      const queue = context.uniqueName("queue");
      await client.declareQueue(queue);
      const deliveries = await consumed(client, queue);
      for (const body of ["a", "b", "c"]) await client.publish({ routingKey: queue, body: Buffer.from(body) });
      await until(() => deliveries.length === 3, { what: "three deliveries" });
      expect(deliveries.map(({ deliveryTag, body }) => `${deliveryTag} ${body}`)).toEqual(["1 a", "2 b", "3 c"]);
      for (const delivery of deliveries) client.ack(delivery);
      expect(await client.checkQueue(queue)).toEqual({ messages: 0, consumers: 1 });
      await client.close();
      const next = await context.connect();
      expect(await (await next.channel()).checkQueue(queue)).toMatchObject({ messageCount: 0 });
    },
  },
  {
    title: "acknowledges several deliveries at once",
    async run(client, context) {
      const queue = context.uniqueName("queue");
      await client.declareQueue(queue);
      const deliveries = await consumed(client, queue);
      for (const body of ["a", "b", "c"]) await client.publish({ routingKey: queue, body: Buffer.from(body) });
      await until(() => deliveries.length === 3, { what: "three deliveries" });
      client.ack(deliveries[1] as CoreDelivery, true);
      await client.checkQueue(queue);
      await client.close();
      const channel = await (await context.connect()).channel();
      await until(async () => (await channel.checkQueue(queue)).messageCount === 1, { what: "the third to be back" });
      expect(await channel.get(queue)).toMatchObject({ content: Buffer.from("c"), fields: { redelivered: true } });
    },
  },
  {
    title: "delivers a requeued message again, marked as redelivered",
    async run(client, context) {
      const queue = context.uniqueName("queue");
      await client.declareQueue(queue);
      const deliveries = await consumed(client, queue);
      await client.publish({ routingKey: queue, body: Buffer.from("again") });
      await until(() => deliveries.length === 1, { what: "the delivery" });
      client.nack(deliveries[0] as CoreDelivery, true);
      await until(() => deliveries.length === 2, { what: "the second delivery" });
      expect(deliveries.map(({ redelivered }) => redelivered)).toEqual([false, true]);
      client.nack(deliveries[1] as CoreDelivery, false);
      expect(await client.checkQueue(queue)).toMatchObject({ messages: 0 });
    },
  },
  {
    title: "answers basic.get with one message and the number of remaining ones",
    async run(client, context) {
      const queue = context.uniqueName("queue");
      await client.declareQueue(queue);
      expect(await client.get(queue)).toBeUndefined();
      for (const body of ["a", "b"]) await client.publish({ routingKey: queue, body: Buffer.from(body) });
      const first = await client.get(queue);
      expect([String(first?.body), first?.messageCount]).toEqual(["a", 1]);
      client.nack(first as CoreDelivery, true);
      const again = await client.get(queue);
      expect([String(again?.body), again?.redelivered]).toEqual(["a", true]);
    },
  },
  {
    title: "returns a mandatory message that reaches no queue, and confirms it",
    async run(client, context) {
      const routingKey = context.uniqueName("absent");
      await client.publish({ routingKey, mandatory: true, body: Buffer.from("back"), properties });
      await until(() => client.returned.length === 1, { what: "the return" });
      const [returned] = client.returned;
      expect(returned).toMatchObject({ replyCode: 312, replyText: "NO_ROUTE", exchange: "", routingKey, properties });
      expect(String(returned?.body)).toBe("back");
    },
  },
  {
    title: "delivers no more than the prefetch allows",
    async run(client, context) {
      const queue = context.uniqueName("queue");
      await client.declareQueue(queue);
      await client.prefetch(2);
      for (const body of ["a", "b", "c", "d"]) await client.publish({ routingKey: queue, body: Buffer.from(body) });
      const deliveries = await consumed(client, queue);
      await until(() => deliveries.length === 2, { what: "two deliveries" });
      expect(await client.checkQueue(queue)).toEqual({ messages: 2, consumers: 1 });
      client.ack(deliveries[0] as CoreDelivery);
      await until(() => deliveries.length === 3, { what: "the third delivery" });
      expect(await client.checkQueue(queue)).toEqual({ messages: 1, consumers: 1 });
    },
  },
  {
    title: "stops delivering when the consumer is cancelled",
    async run(client, context) {
      const queue = context.uniqueName("queue");
      await client.declareQueue(queue);
      const deliveries: CoreDelivery[] = [];
      const consumerTag = await client.consume(queue, (delivery) => deliveries.push(delivery));
      await client.cancel(consumerTag);
      await client.publish({ routingKey: queue });
      expect(await client.checkQueue(queue)).toEqual({ messages: 1, consumers: 0 });
      expect(deliveries).toEqual([]);
    },
  },
  {
    title: "lets a client continue on a new channel after the broker has closed one",
    async run(client, context) {
      const queue = context.uniqueName("queue");
      const words = await client.refusal(() => client.checkQueue(queue));
      expect(words).toMatch(new RegExp(`^NOT_FOUND - no queue '${queue}' in vhost '`));
      await client.declareQueue(queue);
      await client.publish({ routingKey: queue });
      const delivery = await client.get(queue);
      client.ack(delivery as CoreDelivery);
      expect(await client.refusal(() => client.ack(delivery as CoreDelivery))).toMatch(
        /^PRECONDITION_FAILED - unknown delivery tag 1$/,
      );
      expect(await client.checkQueue(queue)).toEqual({ messages: 0, consumers: 0 });
    },
  },
  {
    title: "carries a body of many frames, and bodies of every length around the size of one frame",
    async run(client, context) {
      const queue = context.uniqueName("queue");
      await client.declareQueue(queue);
      const whole = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
      // A frame of 8192 bytes, which one of the clients asks for, holds 8184 of a body; one of 131072 holds 131064.
      const sizes = [0, 1, 8183, 8184, 8185, 16_368, 131_063, 131_064, 131_065, 300_000];
      for (const size of sizes) await client.publish({ routingKey: queue, body: whole.subarray(0, size) });
      for (const size of sizes) {
        const delivery = await client.get(queue);
        expect(delivery?.body.equals(whole.subarray(0, size)), `${size} bytes`).toBe(true);
      }
    },
  },
  {
    title: "carries every property",
    async run(client, context) {
      const queue = context.uniqueName("queue");
      await client.declareQueue(queue);
      await client.publish({ routingKey: queue, properties });
      expect((await client.get(queue))?.properties).toEqual(properties);
    },
  },
  {
    title: "carries headers of every type",
    async run(client, context) {
      const queue = context.uniqueName("queue");
      await client.declareQueue(queue);
      await client.publish({ routingKey: queue, properties: { headers } });
      expect((await client.get(queue))?.properties.headers).toEqual(headers);
    },
  },
  {
    title: "limits an exclusive queue to its connection",
    async run(client, context) {
      const queue = context.uniqueName("queue");
      await client.declareQueue(queue, { exclusive: true });
      const stranger = await context.connect();
      await expect((await stranger.channel()).checkQueue(queue)).rejects.toMatchObject({ code: 405 });
      await client.close();
      await expect((await stranger.channel()).checkQueue(queue)).rejects.toMatchObject({ code: 404 });
    },
  },
  {
    title: "confirms many publishes at once",
    async run(client, context) {
      const queue = context.uniqueName("queue");
      await client.declareQueue(queue);
      const bodies = Array.from({ length: 200 }, (_, index) => Buffer.from(`${index}`));
      await Promise.all(bodies.map((body) => client.publish({ routingKey: queue, body })));
      expect(await client.checkQueue(queue)).toMatchObject({ messages: 200 });
      const deliveries = await consumed(client, queue);
      await until(() => deliveries.length === 200, { what: "200 deliveries" });
      expect(deliveries.map(({ body }) => String(body))).toEqual(bodies.map(String));
    },
  },
];

/** Consumes; what comes is appended to the list that it resolves with. */
async function consumed(client: CoreClient, queue: string): Promise<CoreDelivery[]> {
  const deliveries: CoreDelivery[] = [];
  await client.consume(queue, (delivery) => deliveries.push(delivery));
  return deliveries;
}
