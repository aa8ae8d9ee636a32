// Declarations against existing queues and exchanges, and arguments that a broker does not know.
import { expect, it } from "vitest";
import { bindQueues } from "../../src/amqp-client/bind-queues.ts";
import {
  bindQueue,
  checkExchange,
  declareExchange,
  declareQueue,
  deleteQueue,
  inspectQueue,
  unbindQueue,
} from "../../src/amqp-client/topology.ts";
import {
  connectForeign,
  createVirtualHost,
  describeWithBroker,
  describeWithPrivateBroker,
  operator,
  uniqueName,
  until,
} from "../support/broker.ts";
import { openConnection, rejection } from "./client.ts";

const lenient = { strict: false };
const strict = { strict: true };

describeWithBroker("declaring a queue", () => {
  it("creates it, reports its number of messages, and may be repeated", async () => {
    await using connection = await openConnection();
    await using foreign = await connectForeign();
    const name = uniqueName("declare");
    const queue = { name, arguments: { "x-queue-type": "quorum" } };
    expect(await declareQueue(connection, queue, strict)).toMatchObject({ existing: false, dropped: [] });
    await foreign.publish("", name, "a");
    expect(await declareQueue(connection, queue, strict)).toMatchObject({ existing: false, messageCount: 1 });
    await foreign.deleteQueue(name);
  });

  it("uses a queue that exists with other arguments, and shows the broker's message, unless it is strict", async () => {
    await using connection = await openConnection();
    await using foreign = await connectForeign();
    const name = uniqueName("declare");
    await foreign.channel.assertQueue(name, { arguments: { "x-expires": 60_000 } });
    await foreign.publish("", name, "a");
    const queue = { name, arguments: { "x-expires": 70_000 } };
    const report = await declareQueue(connection, queue, lenient);
    expect(report).toMatchObject({ existing: true, messageCount: 1, consumerCount: 0 });
    expect(report.warning).toContain("inequivalent arg 'x-expires'");
    const error = await rejection(declareQueue(connection, queue, strict));
    expect(error).toMatchObject({ code: "ERR_AMQP_DECLARATION", replyCode: 406 });
    await foreign.deleteQueue(name);
  });

  it("omits arguments that the broker does not support for this queue type, and logs the effect", async () => {
    await using connection = await openConnection();
    const name = uniqueName("declare");
    const given = { "x-queue-type": "classic", "x-delivery-limit": 5, "x-dead-letter-strategy": "at-least-once" };
    const report = await declareQueue(connection, { name, arguments: given }, strict);
    expect(report.existing).toBe(false);
    expect(report.dropped.toSorted()).toEqual(["x-dead-letter-strategy", "x-delivery-limit"]);
    expect(report.warning).toContain("of queue type rabbit_classic_queue");
    await deleteQueue(connection, name);
  });

  it("omits a queue type that the broker does not know", async () => {
    await using connection = await openConnection();
    const name = uniqueName("declare");
    const report = await declareQueue(connection, { name, arguments: { "x-queue-type": "novel" } }, strict);
    expect(report.dropped).toEqual(["x-queue-type"]);
    await deleteQueue(connection, name);
  });

  it.each([{ "x-message-ttl": -1 }, { "x-message-ttl": "soon" }, { "x-overflow": "drop-everything" }])(
    "refuses a wrong value instead of omitting it: %o",
    async (given) => {
      await using connection = await openConnection();
      const name = uniqueName("declare");
      const error = await rejection(declareQueue(connection, { name, arguments: given }, lenient));
      expect(error).toMatchObject({ code: "ERR_AMQP_DECLARATION", replyCode: 406 });
      expect(await inspectQueue(connection, name)).toBeUndefined();
    },
  );

  it("refuses a queue without the requested single active consumer, whatever else differs", async () => {
    await using connection = await openConnection();
    await using foreign = await connectForeign();
    const [plain, single] = [uniqueName("declare"), uniqueName("declare")];
    await foreign.channel.assertQueue(plain, { arguments: { "x-expires": 60_000 } });
    const same = { "x-expires": 60_000, "x-single-active-consumer": true };
    await foreign.channel.assertQueue(single, { arguments: same });
    const asked = { "x-message-ttl": 5, "x-expires": 70_000, "x-single-active-consumer": true };
    for (const given of [same, asked]) {
      const error = await rejection(declareQueue(connection, { name: plain, arguments: given }, lenient));
      expect(error.code).toBe("ERR_AMQP_DECLARATION");
      expect(error.message).toContain("singleActive");
    }
    expect((await declareQueue(connection, { name: single, arguments: asked }, lenient)).existing).toBe(true);
    // Not asked for: then it is a difference like any other.
    const without = { name: single, arguments: { "x-expires": 60_000 } };
    expect((await declareQueue(connection, without, lenient)).existing).toBe(true);
    await foreign.deleteQueue(plain);
    await foreign.deleteQueue(single);
  });

  it("reports that another connection owns the queue exclusively", async () => {
    await using connection = await openConnection();
    await using foreign = await connectForeign();
    const name = uniqueName("owned");
    await foreign.channel.assertQueue(name, { exclusive: true });
    const error = await rejection(declareQueue(connection, { name, arguments: {} }, lenient));
    expect(error).toMatchObject({ code: "ERR_AMQP_DECLARATION", replyCode: 405 });
    expect(error.message).toContain("exclusively");
  });
});

describeWithBroker("declaring an exchange", () => {
  it("always refuses another exchange type, and accepts other flags with a warning", async () => {
    await using connection = await openConnection();
    await using foreign = await connectForeign();
    const name = uniqueName("exchange");
    await foreign.channel.assertExchange(name, "topic", { durable: false });
    const error = await rejection(declareExchange(connection, { name, type: "fanout" }, lenient));
    expect(error).toMatchObject({ code: "ERR_AMQP_DECLARATION", replyCode: 406 });
    const report = await declareExchange(connection, { name, type: "topic" }, lenient);
    expect(report).toMatchObject({ existing: true });
    expect(report.warning).toContain("inequivalent arg 'durable'");
    expect((await rejection(declareExchange(connection, { name, type: "topic" }, strict))).code).toBe(
      "ERR_AMQP_DECLARATION",
    );
    await foreign.channel.deleteExchange(name);
  });

  it("explains that names with amq. are reserved for the broker", async () => {
    await using connection = await openConnection();
    const error = await rejection(declareExchange(connection, { name: "amq.mine", type: "topic" }, lenient));
    expect(error).toMatchObject({ code: "ERR_AMQP_PERMISSION", replyCode: 403 });
    expect(error.message).toContain("belong to the broker");
  });
});

describeWithBroker("bindings, counts and deletion", () => {
  it("can be made for a queue", async () => {
    await using connection = await openConnection();
    await using foreign = await connectForeign();
    const name = uniqueName("bound");
    const binding = { exchange: "amq.topic", queue: name, routingKey: uniqueName("key") };
    expect(await inspectQueue(connection, name)).toBeUndefined();
    await declareQueue(connection, { name, arguments: {} }, strict);
    await bindQueue(connection, binding);
    await foreign.publish("amq.topic", binding.routingKey, "a");
    expect(await inspectQueue(connection, name)).toMatchObject({ messageCount: 1, consumerCount: 0 });
    await unbindQueue(connection, binding);
    await unbindQueue(connection, binding);
    await foreign.publish("amq.topic", binding.routingKey, "b");
    expect(await inspectQueue(connection, name)).toMatchObject({ messageCount: 1 });
    await deleteQueue(connection, name);
    expect(await inspectQueue(connection, name)).toBeUndefined();
    expect((await rejection(bindQueue(connection, binding))).code).toBe("ERR_AMQP_DECLARATION");
    expect(await rejection(checkExchange(connection, uniqueName("absent")))).toMatchObject({ replyCode: 404 });
  });
});

describeWithPrivateBroker("a user without permissions", () => {
  it("gets an error with the permissions that a service needs", async () => {
    await using host = await createVirtualHost();
    await operator().setPermissions(host.name, { configure: "^$", write: ".*", read: ".*" });
    await using connection = await openConnection({ url: host.url });
    const error = await rejection(declareQueue(connection, { name: "mine", arguments: {} }, lenient));
    expect(error).toMatchObject({ code: "ERR_AMQP_PERMISSION", replyCode: 403 });
    expect(error.message).toContain("set_permissions");
  });
});

describeWithBroker("many bindings", () => {
  it("are made even if the broker refuses one of them, which is reported", async () => {
    await using connection = await openConnection();
    await using foreign = await connectForeign();
    const queue = uniqueName("bind");
    await foreign.channel.assertQueue(queue, { durable: true, expires: 60_000 });
    const exchange = "amq.topic";
    const gone = uniqueName("gone");
    const keys = ["a", "b", "c"].map((key) => `${queue}.${key}`);
    const [first = "", second = "", third = ""] = keys;
    const bindings = [
      { exchange, queue, routingKey: first },
      { exchange: gone, queue, routingKey: second },
      { exchange, queue: gone, routingKey: second },
      { exchange, queue, routingKey: third },
    ];
    const refused: unknown[] = [];
    await bindQueues(connection, bindings, (binding, { replyCode }) => refused.push([binding, replyCode]));
    expect(refused).toEqual([
      [bindings[1], 404],
      [bindings[2], 404],
    ]);
    for (const key of keys) await foreign.publish(exchange, key, key);
    await until(async () => (await foreign.queueInfo(queue))?.messageCount === 2, { what: "two of three messages" });
  });
});
