// The console of a broker, for services that run elsewhere: it only reads unless it may change something.
import { expect, it } from "vitest";
import { openBrokerConsole } from "../../src/console/broker-console.ts";
import type { LiveView, MessagesView } from "../../src/console/view/live-view.ts";
import type {
  DeadLettersView,
  MessageView,
  OpenedDeadLetter,
  ReplayReport,
} from "../../src/console/view/message-view.ts";
import type { PlanView } from "../../src/console/view/plan-view.ts";
import { amqp, amqpPublish, createLogger, defineService, JsonBase, on, type Service } from "../../src/index.ts";
import { createServices } from "../../src/service/create-services.ts";
import { amqpUrl, connectForeign, describeWithBroker, uniqueName, until } from "../support/broker.ts";
import { createScope, start } from "../support/running.ts";
import { ask, StreamReader, statusFor, token } from "./console-support.ts";

describeWithBroker("the console of a broker", () => {
  const open = async (shown: { services: readonly Service[]; queues: readonly string[] }, mayChange: boolean) => {
    const logger = await createLogger({ form: "disabled" });
    const place = { port: 0, anyPort: false, token };
    const environment = { TOMODACHI_AMQP_URL: amqpUrl };
    const opened = await openBrokerConsole({ shown, environment, logger, mayChange, place, version: "1.2.3" });
    const { origin } = new URL(opened.address);
    return { origin, [Symbol.asyncDispose]: () => opened.close() };
  };

  it("shows queues, passing messages and dead letters of services that run elsewhere, and changes nothing", async () => {
    const scope = createScope();
    let fails = true;
    const orders = defineService({
      name: "orders",
      messageEnvelope: JsonBase,
      options: scope.options(),
      handlers: {
        onOrder: on(amqp("order.#", { queueName: "orders" }), async () => {
          if (fails) throw new Error("not today");
        }),
      },
    });
    await using running = await start(orders);
    const services = await createServices([{ source: orders }]);
    const dead = `${scope.prefix}orders.dlq`;
    await using reading = await open({ services, queues: [] }, false);
    await using stream = await StreamReader.open(reading.origin);
    const plan = await stream.until<PlanView>("plan", () => true);
    expect(plan).toMatchObject({ mode: "broker", mayChange: false, services: ["orders"] });
    await stream.until<LiveView>("live", ({ queues }) => queues[`${scope.prefix}orders`]?.consumers === 1);
    const [service] = running.services as [Service];
    // Its own queue may be bound a moment later.
    await until(
      async () => {
        await amqpPublish(service, { n: 1 }, { routingKey: "order.paid" });
        return stream.has<MessagesView>("messages", ({ rows }) => rows.length > 0);
      },
      { what: "a passing message" },
    );
    const { rows } = await stream.until<MessagesView>("messages", (view) => view.rows.length > 0);
    expect(rows[0]).toMatchObject({ kind: "passing", outcome: "seen", routingKey: `${scope.prefix}order.paid` });
    const opened = await ask<MessageView>(reading.origin, `/api/message?number=${rows[0]?.number}`);
    expect(JSON.parse(opened.body.data ?? "")).toEqual({ n: 1 });
    const look = (origin: string): Promise<DeadLettersView> =>
      ask<DeadLettersView>(origin, `/api/dead-letters?queue=${encodeURIComponent(dead)}`);
    await until(async () => (await look(reading.origin)).messages > 0, { what: "the dead letter" });
    for (const [path, body] of [
      ["/api/replay", { queue: dead }],
      ["/api/publish", { subscription: plan.subscriptions[0]?.id, routingKey: "order.x", data: {} }],
      ["/api/remove", { queue: dead, keys: ["a"] }],
      ["/api/pause", { handler: "orders.onOrder" }],
    ] as const) {
      await expect(ask(reading.origin, path, body)).rejects.toThrow("403: This console only reads.");
    }

    await using changing = await open({ services, queues: [] }, true);
    // They fail once more, in another process than that of the console.
    const failing = await ask<ReplayReport>(changing.origin, "/api/replay", { queue: dead });
    expect(failing.replayed).toBeGreaterThan(0);
    expect(failing).toMatchObject({ handled: 0, failedAgain: failing.replayed });

    fails = false;
    const { messages } = await look(changing.origin);
    const report = await ask<ReplayReport>(changing.origin, "/api/replay", { queue: dead });
    // What becomes of them is not seen from outside, except that none of them came back.
    const unseen = { handled: 0, retrying: 0, failedAgain: 0 };
    expect(report).toEqual({ replayed: messages, stayed: 0, ...unseen, problems: [] });
    await expect(ask(changing.origin, "/api/pause", { handler: "orders.onOrder" })).rejects.toThrow(
      "409: No service runs",
    );
  });

  it("shows queues and dead letters of other programs without changing them", async () => {
    await using foreign = await connectForeign();
    const { channel } = foreign;
    // As golevelup, amqplib and many others have it: a dead-letter exchange, and a queue of any name behind it.
    const name = uniqueName("shop");
    const [queue, dead, exchange] = [`${name}.orders`, `${name}.failed`, `${name}.dlx`];
    await channel.assertExchange(exchange, "fanout", { durable: false, autoDelete: true });
    await channel.assertQueue(dead, { durable: true });
    await channel.bindQueue(dead, exchange, "");
    await channel.assertQueue(queue, { durable: true, arguments: { "x-dead-letter-exchange": exchange } });
    for (const n of [1, 2, 3]) await foreign.publish("", queue, JSON.stringify({ n }));
    for (let count = 0; count < 2; count++) {
      const message = await channel.get(queue, { noAck: false });
      if (message) channel.nack(message, false, false);
    }
    await until(async () => (await foreign.queueInfo(dead))?.messageCount === 2, { what: "two dead letters" });

    await using reading = await open({ services: [], queues: [queue, dead] }, false);
    await using stream = await StreamReader.open(reading.origin);
    await stream.until<LiveView>("live", ({ queues }) => queues[queue]?.messages === 1 && queues[dead]?.messages === 2);
    const path = `/api/dead-letters?queue=${encodeURIComponent(dead)}`;
    const { groups } = await ask<DeadLettersView>(reading.origin, path);
    expect(groups).toMatchObject([{ reason: "rejected", entries: [{}, {}] }]);
    const [{ key } = { key: "" }] = groups[0]?.entries ?? [];
    const opened = await ask<OpenedDeadLetter>(
      reading.origin,
      `/api/dead-letter?queue=${encodeURIComponent(dead)}&key=${encodeURIComponent(key)}`,
    );
    expect(JSON.parse(opened.message.body.data ?? "")).toHaveProperty("n");
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    for (const change of ["/api/replay", "/api/publish", "/api/pause", "/api/resume"]) {
      expect(await statusFor(reading.origin, headers, { path: change, method: "POST" })).toBe(403);
      expect(await statusFor(reading.origin, headers, { path: change })).toBe(405);
    }
    expect(await statusFor(reading.origin, { ...headers, host: "rabbit.example" })).toBe(421);
    expect(await statusFor(reading.origin, { ...headers, origin: "http://rabbit.example" })).toBe(403);
    expect(await statusFor(reading.origin, { authorization: "Bearer wrong" })).toBe(401);
    // What was looked at is back a moment later.
    await until(async () => (await foreign.queueInfo(dead))?.messageCount === 2, { what: "both dead letters" });
    expect(await foreign.queueInfo(queue)).toEqual({ messageCount: 1, consumerCount: 0 });
    expect(await foreign.queueInfo(dead)).toEqual({ messageCount: 2, consumerCount: 0 });

    await using changing = await open({ services: [], queues: [queue, dead] }, true);
    await ask<DeadLettersView>(changing.origin, path);
    const report = await ask<ReplayReport>(changing.origin, "/api/replay", { queue: dead });
    expect(report).toMatchObject({ replayed: 2, stayed: 0, failedAgain: 0, problems: [] });
    expect((await foreign.queueInfo(queue))?.messageCount).toBe(3);
    for (const own of [queue, dead]) await foreign.deleteQueue(own);
  });

  it("shows a queue whose name alone is known", async () => {
    const name = createScope().prefix;
    await using opened = await open({ services: [], queues: [name] }, false);
    await using stream = await StreamReader.open(opened.origin);
    const { subscriptions } = await stream.until<PlanView>("plan", () => true);
    expect(subscriptions[0]).toMatchObject({ queue: name, deadLetterQueue: `${name}.dlq` });
    await stream.until<LiveView>("live", ({ queues }) => queues[name] === null && queues[`${name}.dlq`] === null);
  });
});
