// What the console shows of a run, and what can be done from it: on a real broker, asked as the page asks.
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import type { LiveView, LogLine, MessagesView } from "../../src/console/view/live-view.ts";
import type {
  BodyView,
  ChangesView,
  DeadLettersView,
  MessageView,
  OpenedDeadLetter,
  ReplayReport,
} from "../../src/console/view/message-view.ts";
import type { PlanView } from "../../src/console/view/plan-view.ts";
import { amqp, amqpPublish, defineService, event, JsonBase, on, type Service } from "../../src/index.ts";
import { connectForeign, describeWithBroker, until } from "../support/broker.ts";
import { createScope } from "../support/running.ts";
import { ask, type ConsoleUnderTest, runWithConsole, StreamReader } from "./console-support.ts";

describeWithBroker("the console of a run", () => {
  const scope = createScope();
  const orderPaid = event("order.{id}.paid", {
    schema: z.object({ total: z.number().min(1), kind: z.enum(["web", "shop"]) }),
  });
  const handled: unknown[] = [];
  let fails = false;
  let service: Service;
  let open: ConsoleUnderTest;
  let stream: StreamReader;
  const queue = `${scope.prefix}orders`;
  const dead = `${queue}.dlq`;

  beforeAll(async () => {
    const orders = defineService({
      name: "orders",
      messageEnvelope: JsonBase,
      options: { ...scope.options({ retry: { delays: ["50ms"] } }), asyncContext: true },
      handlers: {
        onPaid: on(amqp(orderPaid, { queueName: "orders" }), async (order) => {
          if (fails) throw new TypeError("the bank does not answer");
          handled.push(order);
          await amqpPublish(service, { sent: true }, { routingKey: "receipt.sent" });
        }),
        onReceipt: on(amqp("receipt.sent", { queueName: "receipts" }), async () => {}),
        onSlow: on(amqp("slow.#", { queueName: "slow", retry: { delays: ["1h"] } }), async () => {
          throw new Error("not now");
        }),
      },
    });
    open = await runWithConsole(orders);
    [service] = open.run.services as [Service];
    stream = await StreamReader.open(open.origin);
  });
  afterAll(async () => {
    await stream[Symbol.asyncDispose]();
    await open[Symbol.asyncDispose]();
  });

  const publish = (total: number): Promise<void> =>
    amqpPublish(service, orderPaid, { total, kind: "web" }, { params: { id: "1" } });
  const rowOf = async (fits: (row: MessagesView["rows"][number]) => boolean) => {
    const { rows } = await stream.until<MessagesView>("messages", (view) => view.rows.some(fits));
    const row = rows.find(fits);
    if (!row) throw new Error("there is no such row");
    return row;
  };
  const openMessage = (number: number): Promise<MessageView> =>
    ask<MessageView>(open.origin, `/api/message?number=${number}`);

  it("shows which keys reach which queues and handlers, and the contract", async () => {
    const { subscriptions, mayChange, services } = await stream.until<PlanView>("plan", () => true);
    expect({ mayChange, services }).toEqual({ mayChange: true, services: ["orders"] });
    const [paid] = subscriptions;
    expect(paid).toMatchObject({
      handler: "onPaid",
      patterns: ["order.{id}.paid"],
      keyTemplate: "order.{id}.paid",
      keyParameters: ["id"],
      exchange: "amq.topic",
      queue,
      deadLetterQueue: dead,
      retryDelaysMs: [50],
      schemaVendor: "zod",
    });
    expect(paid?.schema?.properties?.["kind"]).toMatchObject({ enum: ["web", "shop"] });
  });

  it("counts handled and published messages, and names queues that exist on the broker", async () => {
    await publish(5);
    const live = await stream.until<LiveView>("live", ({ handlers }) => (handlers[`orders ${queue}`]?.done ?? 0) > 0);
    expect(Date.now() - (live.countedSince ?? 0)).toBeLessThan(60_000);
    expect(live.handlers[`orders ${queue}`]).toMatchObject({ healthy: true, deadLettered: 0 });
    expect(live.published.map(({ key }) => key)).toContain("order.{id}.paid");
    await stream.until<LiveView>(
      "live",
      ({ queues }) => queues[queue]?.consumers === 1 && queues[dead]?.messages === 0,
    );
  });

  it("shows a message: decoded, checked, with the messages that it caused", async () => {
    await publish(6);
    const row = await rowOf(({ handler, outcome }) => handler === "onPaid" && outcome === "acknowledge");
    await rowOf(({ kind, routingKey }) => kind === "published" && routingKey === "receipt.sent");
    const { body, way, facts, headers } = await openMessage(row.number);
    expect(JSON.parse(body.data ?? "")).toMatchObject({ kind: "web" });
    expect(body.verdict).toMatchObject({ kind: "fits" });
    expect(body.text).toContain("tomodachi-json-base--1.0.0");
    expect(facts.map(({ name }) => name)).toContain("Message id");
    expect(Array.isArray(headers)).toBe(true);
    expect(way.map(({ kind }) => kind)).toEqual(["published", "handled", "caused"]);
  });

  it("explains why a message does not match its schema, or cannot be read", async () => {
    await using foreign = await connectForeign();
    await foreign.publish("amq.topic", `${scope.prefix}order.2.paid`, Buffer.from("no envelope"));
    const row = await rowOf(({ outcome, error }) => outcome === "dead-letter" && error !== undefined);
    const { body, way } = await openMessage(row.number);
    expect(body.verdict).toMatchObject({ kind: "unreadable" });
    expect(body.text).toBe("no envelope");
    expect(way.at(-1)?.text).toBe(`Dead-lettered to ${dead} (unreadable)`);
  });

  it("counts down to waiting retries", async () => {
    await amqpPublish(service, {}, { routingKey: "slow.one" });
    const { retries, at } = await stream.until<LiveView>("live", (live) => live.retries.length > 0);
    expect(retries[0]).toMatchObject({ handler: "onSlow", attempt: 2, delayMs: 3_600_000, error: "Error: not now" });
    expect((retries[0]?.dueAt ?? 0) - at).toBeGreaterThan(3_500_000);
  });

  it("groups dead letters by cause, and replays one after its body was corrected", async () => {
    fails = true;
    await publish(7);
    const look = (): Promise<DeadLettersView> =>
      ask<DeadLettersView>(open.origin, `/api/dead-letters?queue=${encodeURIComponent(dead)}`);
    let found: DeadLettersView | undefined;
    await until(
      async () => {
        found = await look();
        return found.groups.some(({ errorClass }) => errorClass === "TypeError");
      },
      { what: "the dead letter" },
    );
    fails = false;
    const group = found?.groups.find(({ errorClass }) => errorClass === "TypeError");
    expect(group).toMatchObject({
      reason: "handler-error",
      errorMessage: "the bank does not answer",
      service: "orders",
      handler: "onPaid",
    });
    const [{ key } = { key: "" }] = group?.entries ?? [];
    const opened = await ask<OpenedDeadLetter>(
      open.origin,
      `/api/dead-letter?queue=${encodeURIComponent(dead)}&key=${encodeURIComponent(key)}`,
    );
    expect(opened.error).toMatchObject({ title: "TypeError", message: "the bank does not answer" });
    expect(opened.message.way.map(({ kind }) => kind)).toEqual(["published", "handled", "dead-letter"]);
    const text = "text" in opened.editable ? opened.editable.text : "";
    const wrongText = JSON.stringify({ ...JSON.parse(text), data: { total: "seven", kind: "web" } });
    const wrong = await ask<BodyView>(open.origin, "/api/check", { queue: dead, key, body: wrongText });
    expect(wrong.verdict).toMatchObject({ kind: "refused", issues: [{ name: "total" }] });

    const body = JSON.stringify({ ...JSON.parse(text), data: { total: 700, kind: "shop" } });
    const report = await ask<ReplayReport>(open.origin, "/api/replay", { queue: dead, keys: [key], body });
    expect(report).toEqual({ replayed: 1, stayed: 0, handled: 1, retrying: 0, failedAgain: 0, problems: [] });
    await until(() => handled.some((order) => (order as { total: number }).total === 700), {
      what: "the corrected order",
    });
    // The one that cannot be read is still there.
    expect((await look()).groups.map(({ reason }) => reason)).toEqual(["unreadable"]);
    const again = await ask<ReplayReport>(open.origin, "/api/replay", { queue: dead, keys: [key] });
    expect(again).toMatchObject({ replayed: 0, stayed: 0, problems: ["1 message is not in the queue any more."] });
  });

  it("replays several dead letters after the same change in each", async () => {
    fails = true;
    for (const total of [21, 22]) await publish(total);
    const path = `/api/dead-letters?queue=${encodeURIComponent(dead)}`;
    const found = await until(
      async () => {
        const { groups } = await ask<DeadLettersView>(open.origin, path);
        const group = groups.find(({ errorClass }) => errorClass === "TypeError");
        return group?.entries.length === 2 ? group : undefined;
      },
      { what: "two dead letters" },
    );
    fails = false;
    const keys = found.entries.map(({ key }) => key);
    const judge = (changes: unknown): Promise<ChangesView> =>
      ask<ChangesView>(open.origin, "/api/check-changes", { queue: dead, keys, changes });
    expect(await judge([{ path: "data.total", value: "many" }])).toMatchObject({ fits: 0, refused: 2 });
    expect(await judge([{ path: "data.buyer.name", value: "Ann" }])).toMatchObject({
      unchanged: 2,
      why: ["Some messages stay, because the body has no data.buyer."],
    });
    const changes = [{ path: "data.total", value: 2100 }];
    expect(await judge(changes)).toEqual({ fits: 2, unknown: 0, refused: 0, unchanged: 0, why: [] });
    const stayed = await ask<ReplayReport>(open.origin, "/api/replay", {
      ...{ queue: dead, keys },
      changes: [{ path: "data.buyer.name", value: "Ann" }],
    });
    expect(stayed).toMatchObject({ replayed: 0, stayed: 2 });
    const report = await ask<ReplayReport>(open.origin, "/api/replay", { queue: dead, keys, changes });
    expect(report).toMatchObject({ replayed: 2, stayed: 0, handled: 2, problems: [] });
    await until(() => handled.filter((order) => (order as { total: number }).total === 2100).length === 2, {
      what: "both changed orders",
    });
    await expect(ask(open.origin, "/api/replay", { queue: dead, changes: [{ value: 1 }] })).rejects.toThrow("400");
  });

  it("refuses queues that are not of these services, and an edited body for several", async () => {
    const look = ask(open.origin, `/api/dead-letters?queue=${encodeURIComponent(queue)}`);
    await expect(look).rejects.toThrow("404");
    const replay = ask(open.origin, "/api/replay", { queue: dead, keys: ["a", "b"], body: "{}" });
    await expect(replay).rejects.toThrow("400: An edited body belongs to one dead letter");
  });

  it("publishes in the envelope of a handler, and only what its contract accepts unless the check is turned off", async () => {
    const form = { subscription: `orders ${queue}`, parameters: { id: "9" }, routingKey: "", headers: { by: "hand" } };
    const answer = await ask(open.origin, "/api/publish", { ...form, data: { total: 9, kind: "web" } });
    expect(answer).toMatchObject({ routingKey: "order.9.paid", exchange: "amq.topic", routed: true });
    await until(() => handled.some((order) => (order as { total: number }).total === 9), {
      what: "the published order",
    });
    const { number } = await rowOf(({ kind, routingKey }) => kind === "handled" && routingKey.endsWith("order.9.paid"));
    const { body, way } = await openMessage(number);
    expect(body.text).toContain('"name":"tomodachi console"');
    expect(way[0]).toMatchObject({ kind: "published", isWholeSecond: true });
    expect(way[0]?.text).toMatch(/^Published by tomodachi console to amq\.topic, key .*order\.9\.paid$/);
    const receipts = { subscription: `orders ${scope.prefix}receipts`, parameters: {}, headers: {}, data: {} };
    const slip = await ask(open.origin, "/api/publish", { ...receipts, routingKey: "receit.sent" });
    expect(slip).toMatchObject({ routed: false, similarKey: "receipt.sent" });
    const other = await ask(open.origin, "/api/publish", { ...receipts, routingKey: "weather" });
    expect(other).toMatchObject({ routed: false });
    expect(other["similarKey"]).toBeUndefined();
    const check = (data: unknown): Promise<unknown> =>
      ask(open.origin, "/api/check-data", { subscription: form.subscription, data });
    expect(await check({ total: 9, kind: "web" })).toMatchObject({ kind: "fits" });
    expect(await check({ total: "nine", kind: "web" })).toMatchObject({ kind: "refused", issues: [{ name: "total" }] });
    await expect(ask(open.origin, "/api/check-data", { subscription: "nothing", data: 1 })).rejects.toThrow("404");
    const wrong = ask(open.origin, "/api/publish", { ...form, data: { total: "nine", kind: "web" } });
    await expect(wrong).rejects.toThrow(/422: .*does not fit its schema: total/);
    const noKey = ask(open.origin, "/api/publish", { ...form, parameters: {}, data: { total: 9, kind: "web" } });
    await expect(noKey).rejects.toThrow(/the parameter "id" is missing/);
    await ask(open.origin, "/api/publish", { ...form, data: { total: "nine", kind: "web" }, unchecked: true });
    await rowOf(({ outcome, error }) => outcome === "dead-letter" && error?.includes("SchemaError") === true);
  });

  it("adds no line about its own connections to the log of the services", async () => {
    const from = Date.now();
    await ask(open.origin, `/api/dead-letters?queue=${encodeURIComponent(dead)}`);
    const form = { subscription: `orders ${queue}`, parameters: { id: "10" }, routingKey: "", headers: {} };
    await ask(open.origin, "/api/publish", { ...form, data: { total: 10, kind: "web" } });
    await ask(open.origin, "/api/replay", { queue: dead });
    await stream.until<readonly LogLine[]>("logs", (lines) =>
      lines.some(({ at, text }) => at >= from && text === "dead letters were replayed by the console"),
    );
    const isOpen = ({ at, text }: LogLine): boolean => at >= from && / connection to .* is open/.test(text);
    expect(stream.has<readonly LogLine[]>("logs", (lines) => lines.some(isOpen))).toBe(false);
  });

  it("pauses and resumes a handler", async () => {
    await ask(open.origin, "/api/pause", { handler: "orders.onReceipt" });
    const id = `orders ${scope.prefix}receipts`;
    const { handlers } = await stream.until<LiveView>("live", (live) => live.handlers[id]?.paused !== undefined);
    expect(handlers[id]?.paused).toBe("paused by the console");
    await ask(open.origin, "/api/resume", { handler: "orders.onReceipt" });
    await until(() => open.run.pauses.paused.length === 0, { what: "the end of the pause" });
  });

  it("streams the lines of the log", async () => {
    const lines = await stream.until<readonly LogLine[]>("logs", (all) =>
      all.some(({ text }) => text === "service started"),
    );
    expect(lines.find(({ text }) => text === "service started")).toMatchObject({ level: "info", service: "orders" });
  });
});
