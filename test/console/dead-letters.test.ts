// Dead letters that the page shows: removed one by one or several, and replayed with a true report of what became of them.
import { afterAll, beforeAll, expect, it } from "vitest";
import type {
  DeadLettersView,
  OpenedDeadLetter,
  RemovalReport,
  ReplayReport,
} from "../../src/console/view/message-view.ts";
import { amqp, amqpPublish, defineService, JsonBase, on, type Service } from "../../src/index.ts";
import { connectForeign, describeWithBroker, until } from "../support/broker.ts";
import { createScope } from "../support/running.ts";
import { ask, type ConsoleUnderTest, runWithConsole, StreamReader } from "./console-support.ts";

describeWithBroker("dead letters in the console", () => {
  const scope = createScope();
  const queue = `${scope.prefix}orders`;
  const dead = `${queue}.dlq`;
  const failing = new Set<number>();
  let service: Service;
  let open: ConsoleUnderTest;
  let stream: StreamReader;

  beforeAll(async () => {
    const orders = defineService({
      name: "orders",
      messageEnvelope: JsonBase,
      options: scope.options(),
      handlers: {
        onOrder: on(amqp("order.#", { queueName: "orders" }), async ({ n }: { readonly n: number }) => {
          if (failing.has(n)) throw new Error("not today");
        }),
        onLater: on(amqp("later.#", { queueName: "later", retry: { delays: ["1h"] } }), async () => {
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

  const look = (name = dead): Promise<DeadLettersView> =>
    ask<DeadLettersView>(open.origin, `/api/dead-letters?queue=${encodeURIComponent(name)}`);
  const remove = (keys: readonly string[], name = dead): Promise<RemovalReport> =>
    ask<RemovalReport>(open.origin, "/api/remove", { queue: name, keys });
  /** In the order of the queue. */
  const found = async (
    count: number,
  ): Promise<readonly { readonly key: string; readonly id: string | undefined }[]> => {
    const view = await until(
      async () => {
        const { messages, groups } = await look();
        return messages === count && groups.reduce((sum, { entries }) => sum + entries.length, 0) === count
          ? groups
          : undefined;
      },
      { what: `${count} dead letters` },
    );
    return view.flatMap(({ entries }) => [...entries].reverse());
  };
  const fail = async (...numbers: readonly number[]): Promise<void> => {
    for (const n of numbers) {
      failing.add(n);
      await amqpPublish(service, { n }, { routingKey: `order.${n}` });
    }
  };
  /** The numbers of this many messages in the dead-letter queue, in its order. The queue is empty afterwards. */
  const drain = async (count: number): Promise<readonly number[]> => {
    await using foreign = await connectForeign();
    // What was looked at is back a moment later.
    await until(async () => (await foreign.queueInfo(dead))?.messageCount === count, { what: `${count} dead letters` });
    const numbers: number[] = [];
    for (;;) {
      const message = await foreign.channel.get(dead, { noAck: true });
      if (!message) return numbers;
      numbers.push((JSON.parse(message.content.toString()) as { data: { n: number } }).data.n);
    }
  };

  it("removes the chosen ones only, and keeps the order of the others", async () => {
    await fail(1, 2, 3, 4, 5);
    const rows = await found(5);
    const chosen = [rows[1], rows[3]].map((row) => row?.key ?? "");
    expect(await remove(chosen)).toEqual({ removed: 2, problems: [] });
    expect(await found(3)).toHaveLength(3);
    // What is gone is not taken for another one.
    expect(await remove(chosen)).toEqual({ removed: 0, problems: ["2 messages are not in the queue any more."] });
    expect(await remove([rows[0]?.key ?? "", "no such key"])).toEqual({
      removed: 1,
      problems: ["1 message is not in the queue any more."],
    });
    await found(2);
    expect(await drain(2)).toEqual([3, 5]);
  });

  it("does not remove a message that came meanwhile and differs in its headers alone", async () => {
    await using foreign = await connectForeign();
    const send = (tenant: string): Promise<void> =>
      foreign.publish("", dead, Buffer.from('{"data":{"n":9}}'), { headers: { tenant } });
    await send("first");
    const [shown] = await found(1);
    await until(() => foreign.channel.get(dead, { noAck: true }), { what: "the first message to be back" });
    await send("second");
    await found(1);
    const report = await remove([shown?.key ?? ""]);
    expect(report).toEqual({ removed: 0, problems: ["1 message is not in the queue any more."] });
    expect(await drain(1)).toEqual([9]);
  });

  it("removes as many of equal messages as were chosen", async () => {
    await using foreign = await connectForeign();
    for (let count = 0; count < 3; count++) await foreign.publish("", dead, Buffer.from('{"data":{"n":7}}'));
    const rows = await found(3);
    expect(new Set(rows.map(({ key }) => key)).size).toBe(3);
    expect(await remove(rows.slice(0, 2).map(({ key }) => key))).toEqual({ removed: 2, problems: [] });
    expect(await drain(1)).toEqual([7]);
  });

  it("removes nothing without keys, and nothing of other queues", async () => {
    await expect(ask(open.origin, "/api/remove", { queue: dead })).rejects.toThrow('400: The request needs "keys"');
    await expect(remove([])).rejects.toThrow("400");
    await expect(remove(["a"], queue)).rejects.toThrow("404");
  });

  it("names the attempt that a dead letter's last run was", async () => {
    await fail(11);
    const [row] = await found(1);
    const path = `/api/dead-letter?queue=${encodeURIComponent(dead)}&key=${encodeURIComponent(row?.key ?? "")}`;
    const { message } = await ask<OpenedDeadLetter>(open.origin, path);
    expect(message.way.map(({ text }) => text)).toEqual([
      `Published by orders to amq.topic, key ${scope.prefix}order.11`,
      "orders.onOrder started attempt 1",
      "Dead-lettered after 1 attempt (handler-error)",
    ]);
    await drain(1);
  });

  it("says of a replay whether it was handled, or failed again", async () => {
    await fail(21, 22, 23);
    const rows = await found(3);
    failing.delete(22);
    const all = { queue: dead, keys: rows.map(({ key }) => key) };
    const report = await ask<ReplayReport>(open.origin, "/api/replay", all);
    expect(report).toEqual({ replayed: 3, stayed: 0, handled: 1, retrying: 0, failedAgain: 2, problems: [] });
    await found(2);
    await drain(2);
  });

  it("says of a replay that it waits for a retry", async () => {
    await using foreign = await connectForeign();
    const headers = { "x-tomodachi-queue": `${scope.prefix}later`, "x-tomodachi-routing-key": "later.one" };
    const body = { metadata: { service: "x", message_uuid: "u-1", data_encoding: "raw" }, data: {} };
    await foreign.publish("", dead, Buffer.from(JSON.stringify(body)), { headers });
    await found(1);
    const report = await ask<ReplayReport>(open.origin, "/api/replay", { queue: dead });
    expect(report).toMatchObject({ replayed: 1, handled: 0, retrying: 1, failedAgain: 0 });
  });
});
