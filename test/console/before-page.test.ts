// What the console knows of the time before a page was opened.
import { expect, it } from "vitest";
import type { LiveView, MessagesView } from "../../src/console/view/live-view.ts";
import { amqp, amqpPublish, defineService, JsonBase, on } from "../../src/index.ts";
import { describeWithBroker, until } from "../support/broker.ts";
import { createScope } from "../support/running.ts";
import { ask, runWithConsole, StreamReader } from "./console-support.ts";

describeWithBroker("the console before its page is opened", () => {
  const serviceFor = (handled: unknown[]) => {
    const scope = createScope();
    return defineService({
      name: "orders",
      messageEnvelope: JsonBase,
      options: scope.options({ retry: { delays: ["1h"] } }),
      handlers: {
        onPaid: on(amqp("order.paid", { queueName: "orders" }), (order) => void handled.push(order)),
        onBad: on(amqp("order.bad", { queueName: "bad" }), () => {
          throw new TypeError("the bank does not answer");
        }),
      },
    });
  };

  it("keeps what was published and handled, with its data, and counts from the page on", async () => {
    const handled: unknown[] = [];
    await using open = await runWithConsole(serviceFor(handled));
    const [service] = open.run.services;
    if (!service) throw new Error("there is no service");
    await amqpPublish(service, { total: 7 }, { routingKey: "order.paid" });
    await amqpPublish(service, {}, { routingKey: "order.bad" });
    await until(async () => handled.length === 1, { what: "the message" });
    // The retry is on the broker before its message is settled.
    await until(
      async () =>
        open.run
          .health()
          .every(({ transports }) =>
            transports.every(({ consumers }) => consumers.every(({ unacknowledged }) => unacknowledged === 0)),
          ),
      { what: "settled messages" },
    );

    await using stream = await StreamReader.open(open.origin);
    const { rows } = await stream.until<MessagesView>("messages", (view) => view.rows.length >= 4);
    expect(
      rows
        .map(({ kind, routingKey, outcome }) => `${kind} ${routingKey.slice(routingKey.indexOf("order."))} ${outcome}`)
        .toSorted(),
    ).toEqual([
      "handled order.bad retry",
      "handled order.paid acknowledge",
      "published order.bad published",
      "published order.paid published",
    ]);
    const paid = rows.find(({ handler }) => handler === "onPaid");
    const opened = await ask<{ body: { data: string } }>(open.origin, `/api/message?number=${paid?.number}`);
    expect(JSON.parse(opened.body.data)).toEqual({ total: 7 });
    const live = await stream.until<LiveView>("live", () => true);
    expect(live.retries).toMatchObject([{ handler: "onBad", attempt: 2 }]);
    expect(Object.values(live.handlers).map(({ done }) => done)).toEqual([0, 0]);
  });

  it("keeps only a few messages of a fast stream", async () => {
    const handled: unknown[] = [];
    await using open = await runWithConsole(serviceFor(handled));
    const [service] = open.run.services;
    if (!service) throw new Error("there is no service");
    const startedAt = performance.now();
    const all = Array.from({ length: 2000 }, (_, total) =>
      amqpPublish(service, { total }, { routingKey: "order.paid" }),
    );
    await Promise.all(all);
    await until(async () => handled.length === 2000, { what: "2000 messages" });
    const halfSeconds = 1 + Math.floor((performance.now() - startedAt) / 500);
    await using stream = await StreamReader.open(open.origin);
    const { rows } = await stream.until<MessagesView>("messages", (view) => view.rows.length > 0);
    expect(rows.length).toBeGreaterThan(10);
    expect(rows.length).toBeLessThanOrEqual(20 * halfSeconds);
  });
});
