// Externally managed topology: `declare: "verify"` checks and changes nothing, `declare: false` checks nothing.
import { expect, it } from "vitest";
import { amqp, amqpPublish, amqpRequest, type DeclareOption, type RetryOptions, Service } from "../../src/index.ts";
import { RetryLater } from "../../src/service/outcome.ts";
import { connectForeign, createVirtualHost, describeWithPrivateBroker, operator, until } from "../support/broker.ts";
import { failureOf, start } from "../support/running.ts";

/** A service with an exchange, a queue, retries and a handler that answers; it fails as requested. */
function ordersOn(url: string, declare: DeclareOption, more: object = {}) {
  const seen: string[] = [];
  const retry: RetryOptions = { delays: ["100ms"] };
  class Orders extends Service {
    name = "orders";
    override options = { amqp: { url, exchangeName: "shop", declare, retry, ...more } };
    seen = seen;

    @amqp("order.paid", { queueName: "orders-paid" })
    async onPaid(text: string) {
      seen.push(text);
      if (text === "fail") throw new Error("no");
      if (text === "later" && seen.filter((one) => one === text).length === 1) throw new RetryLater("100ms");
    }

    @amqp("price.get", { queueName: "prices", reply: true })
    async price() {
      return "5";
    }
  }
  return { Orders, seen };
}

/** Everything that the current service declares. */
async function declareAll(url: string, more: object = {}): Promise<void> {
  await using running = await start(ordersOn(url, true, more).Orders);
  void running;
}

async function thingsIn(name: string): Promise<string[]> {
  return (await operator().listQueues(name)).map((queue) => queue.name).sort();
}

const modes = ["verify", false] as const;

describeWithPrivateBroker("a service that declares nothing", () => {
  it.each([
    ["verify", "reliable"],
    [false, "reliable"],
    ["verify", "python"],
    [false, "python"],
  ] as const)(
    "handles, retries, dead-letters, answers and publishes: declare %j, topology %j",
    async (declare, topology) => {
      await using host = await createVirtualHost();
      const more = { topology };
      await declareAll(host.url, more);
      await using foreign = await connectForeign(host.url);
      const { channel } = foreign;
      // In the python profile the service declares them when they are first needed.
      const deadLetters = { "x-queue-type": "quorum", "x-overflow": "reject-publish" };
      for (const queue of ["orders-paid.dlq", "prices.dlq"]) {
        await channel.assertQueue(queue, { arguments: deadLetters });
      }
      const before = await thingsIn(host.name);
      const { Orders, seen } = ordersOn(host.url, declare, more);
      await using running = await start(Orders);
      const [service] = running.services as [Service];
      await amqpPublish(service, "once", { routingKey: "order.paid" });
      await amqpPublish(service, "fail", { routingKey: "order.paid" });
      await amqpPublish(service, "later", { routingKey: "order.paid" });
      expect(await amqpRequest(service, "price.get", "bread")).toBe("5");
      const count = (text: string): number => seen.filter((one) => one === text).length;
      await until(() => count("fail") === 2 && count("later") === 2, { what: "the retries" });
      await until(async () => (await channel.checkQueue("orders-paid.dlq")).messageCount === 1, {
        what: "the dead letter",
      });
      expect(await thingsIn(host.name)).toEqual(before);
    },
  );

  it("reports everything that is missing in one error (verify), and creates none of it", async () => {
    await using host = await createVirtualHost();
    const error = await failureOf(ordersOn(host.url, "verify").Orders);
    expect(error).toMatchObject({ code: "ERR_AMQP_TOPOLOGY_MISSING" });
    for (const name of ["shop", "orders.return", "orders.lost", "orders.retry.100ms"]) {
      expect(error.message).toContain(`the exchange "${name}"`);
    }
    for (const name of [
      "orders-paid",
      "orders-paid.dlq",
      "prices",
      "prices.dlq",
      "orders.lost.dlq",
      "orders.retry.100ms",
    ]) {
      expect(error.message).toContain(`the queue "${name}"`);
    }
    expect(error.message).toContain("tomodachi topology");
    expect(await thingsIn(host.name)).toEqual([]);
  });

  it("reports once what it did not check (verify)", async () => {
    await using host = await createVirtualHost();
    await declareAll(host.url);
    await using running = await start(ordersOn(host.url, "verify").Orders);
    const told = running.log.filter(({ msg }) => msg.includes("Not checked"));
    expect(told.map(({ msg }) => msg)).toEqual([
      'declare is "verify": 4 exchanges and 6 queues exist. Not checked, because AMQP cannot show them: their arguments, and 5 bindings.',
    ]);
  });

  it("reports a missing queue (false), and how to create it", async () => {
    await using host = await createVirtualHost();
    const error = await failureOf(ordersOn(host.url, false).Orders);
    expect(error).toMatchObject({ code: "ERR_AMQP_CONSUME" });
    expect(error.message).toMatch(/The queue "(orders-paid|prices)" cannot be consumed: NOT_FOUND.*tomodachi topology/);
    expect(await thingsIn(host.name)).toEqual([]);
  });

  it.each(modes)("consumes again when its queue is deleted and created again: declare %j", async (declare) => {
    await using host = await createVirtualHost();
    await declareAll(host.url);
    const { Orders, seen } = ordersOn(host.url, declare);
    await using running = await start(Orders);
    const [service] = running.services as [Service];
    await using foreign = await connectForeign(host.url);
    const { channel } = foreign;
    await channel.deleteQueue("orders-paid");
    const trouble = (): boolean =>
      running.run.health().some(({ reasons }) => reasons.some((reason) => reason.includes('"orders-paid"')));
    await until(trouble, { what: "the missing queue in the health" });
    expect(await thingsIn(host.name)).not.toContain("orders-paid");
    await channel.assertQueue("orders-paid", { arguments: { "x-queue-type": "quorum" } });
    await channel.bindQueue("orders-paid", "shop", "order.paid");
    await until(() => !trouble(), { what: "the consumer" });
    await amqpPublish(service, "again", { routingKey: "order.paid" });
    await until(() => seen.includes("again"), { what: "the message" });
  });

  it.each(modes)(
    "keeps a message whose dead-letter queue is missing, and names that queue: declare %j",
    async (declare) => {
      await using host = await createVirtualHost();
      await declareAll(host.url);
      const { Orders } = ordersOn(host.url, declare, { retry: false });
      await using running = await start(Orders);
      const [service] = running.services as [Service];
      await using foreign = await connectForeign(host.url);
      const { channel } = foreign;
      await channel.deleteQueue("orders-paid.dlq");
      await amqpPublish(service, "fail", { routingKey: "order.paid" });
      const text = /\\"orders-paid\.dlq\\" does not exist, and the service does not declare it/;
      await until(() => running.log.some((line) => text.test(JSON.stringify(line))), { what: "the error" });
      expect(await thingsIn(host.name)).not.toContain("orders-paid.dlq");
      await channel.assertQueue("orders-paid.dlq");
      const copied = async (): Promise<boolean> => (await channel.checkQueue("orders-paid.dlq")).messageCount === 1;
      await until(copied, { what: "the dead letter", timeoutMs: 20_000 });
    },
  );

  it.each(modes)("waits in the process for a RetryLater if there are no retry queues: declare %j", async (declare) => {
    await using host = await createVirtualHost();
    await declareAll(host.url, { retry: false });
    const { Orders, seen } = ordersOn(host.url, declare, { retry: false });
    await using running = await start(Orders);
    const [service] = running.services as [Service];
    await amqpPublish(service, "later", { routingKey: "order.paid" });
    await until(() => seen.length === 2, { what: "the second run" });
    expect((await thingsIn(host.name)).filter((name) => name.includes(".retry."))).toEqual([]);
  });

  it.each(modes)("consumes a previous queue as it is, and accepts that one is missing: declare %j", async (declare) => {
    await using host = await createVirtualHost();
    await using foreign = await connectForeign(host.url);
    const { channel } = foreign;
    for (const queue of ["old", "new", "new.dlq"]) await channel.assertQueue(queue);
    await channel.bindQueue("old", "amq.topic", "key");
    const seen: string[] = [];
    class Moved extends Service {
      name = "moved";
      override options = { amqp: { url: host.url, declare } };

      @amqp("key", { queueName: "new", previousQueueNames: ["old", "older"] })
      async onKey(text: string) {
        seen.push(text);
      }
    }
    await using running = await start(Moved);
    void running;
    // Its binding still brings messages: nothing was unbound.
    channel.publish("amq.topic", "key", Buffer.from("by the old binding"));
    await until(() => seen.length === 1, { what: "the message in the previous queue" });
  });

  it("declares queues on an exchange that it only verifies, and the reverse", async () => {
    await using host = await createVirtualHost();
    const { Orders } = ordersOn(host.url, { exchange: "verify" });
    const error = await failureOf(Orders);
    expect(error.message.split("\n").filter((line) => line.startsWith("  - "))).toEqual(['  - the exchange "shop"']);
    await using foreign = await connectForeign(host.url);
    const { channel } = foreign;
    await channel.assertExchange("shop", "topic");
    await using running = await start(Orders);
    void running;
    expect(await thingsIn(host.name)).toContain("orders-paid");
    const other = await failureOf(
      ordersOn(host.url, { queue: "verify", exchange: true }, { queueNamePrefix: "x." }).Orders,
    );
    expect(other.message).toContain('the queue "x.orders-paid"');
    expect(other.message).not.toContain('"shop"');
  });

  it("refuses a queue of one instance, which only the instance can create", async () => {
    class Each extends Service {
      name = "each";
      override options = { amqp: { declare: "verify" as const } };

      @amqp("key", { competing: false })
      async onKey() {}
    }
    expect((await failureOf(Each)).message).toContain("declare: { queue: true }");
  });
});

describeWithPrivateBroker("a publish of a service that declares nothing", () => {
  it.each([
    ["the service says so", false, undefined],
    ["the publish says so", true, false],
  ] as const)("to a missing exchange fails alone: %s", async (_what, declare, ofPublish) => {
    await using host = await createVirtualHost();
    class Sender extends Service {
      name = "sender";
      override options = { amqp: { url: host.url, declare } };

      @amqp("key", { declare: true })
      async onKey() {}
    }
    await using running = await start(Sender);
    const [service] = running.services as [Service];
    const options = { routingKey: "key", exchangeName: "nowhere", declare: ofPublish };
    const lost = [1, 2].map((number) => amqpPublish(service, String(number), options).catch((error: unknown) => error));
    const others = [3, 4, 5].map((number) => amqpPublish(service, String(number), { routingKey: "key" }));
    await Promise.all(others);
    for (const error of await Promise.all(lost)) {
      expect(error).toMatchObject({ code: "ERR_AMQP_EXCHANGE_NOT_FOUND" });
    }
  });
});
