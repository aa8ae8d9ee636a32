// A replayed message is the message that was published: its handler receives the same values.
import { expect, it } from "vitest";
import { resolveConnectionOptions } from "../../src/amqp-client/options.ts";
import { DeadLetterBrowser } from "../../src/dead-letters/index.ts";
import { type AmqpContext, amqp, amqpPublish, type DeadLetter, event, JsonBase, Service } from "../../src/index.ts";
import { createSilentLogger } from "../../src/log/logger.ts";
import { amqpUrl, connectForeign, describeWithBroker, until } from "../support/broker.ts";
import { createScope, start, type TestScope } from "../support/running.ts";

/** Replays all of a dead-letter queue, when it has this many messages. */
async function replay(queue: string, count = 1): Promise<void> {
  const browser = new DeadLetterBrowser(resolveConnectionOptions({ url: amqpUrl }, {}), createSilentLogger());
  try {
    await browser.open();
    await until(async () => (await browser.count(queue)) === count, { what: `${count} in ${queue}` });
    const { signal } = new AbortController();
    await browser.work({ queue, action: { kind: "replay" }, signal, matches: () => true });
  } finally {
    await browser.close();
  }
}

interface Seen {
  readonly routingKey: string;
  readonly exchangeName: string;
  readonly pattern: string;
  readonly params: unknown;
  readonly attempt: number;
}

function seenIn({ routingKey, exchangeName, pattern, params, attempt }: AmqpContext): Seen {
  return { routingKey, exchangeName, pattern, params, attempt };
}

const anything = {
  "~standard": { version: 1 as const, vendor: "test", validate: (value: unknown) => ({ value }) },
};

/** Its first runs fail, as often as requested. */
function serviceOf(scope: TestScope, failing: number, retry?: { readonly delays: readonly ["1s"] }) {
  const paid = event("order.{id}.paid", { schema: anything, exchangeName: `${scope.prefix}shop`, envelope: JsonBase });
  class Shop extends Service {
    name = "shop";
    readonly seen: Seen[] = [];
    readonly deadLetters: DeadLetter[] = [];
    override options = scope.options();
    @amqp(paid, { queueName: "paid", ...(retry && { retry }) }) on(_data: unknown, context: AmqpContext) {
      this.seen.push(seenIn(context as unknown as AmqpContext));
      if (this.seen.length <= failing) throw new RangeError("no");
    }
    override onDeadLetter(deadLetter: DeadLetter) {
      this.deadLetters.push(deadLetter);
    }
  }
  return { Shop, publish: (service: Service) => amqpPublish(service, paid, { total: 1 }, { params: { id: "7" } }) };
}

describeWithBroker("a replay", () => {
  it("has the key, the exchange and the parameters of the contract", async () => {
    const scope = createScope();
    const { Shop, publish } = serviceOf(scope, 2);
    const shop = new Shop();
    await using running = await start(shop);
    await publish(shop);
    await replay(`${scope.prefix}paid.dlq`);
    // It failed again, and is replayed again.
    await replay(`${scope.prefix}paid.dlq`);
    await until(() => shop.seen.length === 3, { what: "three runs" });
    const origin = { routingKey: "order.7.paid", exchangeName: `${scope.prefix}shop`, params: { id: "7" }, attempt: 1 };
    expect(shop.seen).toEqual([1, 2, 3].map(() => ({ ...origin, pattern: "order.*.paid" })));
    const told = shop.deadLetters.map(({ context }) => seenIn(context as unknown as AmqpContext));
    expect(told).toEqual(shop.seen.slice(0, 2));
    const failures = running.log.filter(({ msg }) => msg.startsWith("a message could not be handled"));
    // Similar failures in quick succession are one line.
    expect([...new Set(failures.map(({ routingKey }) => routingKey))]).toEqual([`${scope.prefix}order.7.paid`]);
  });

  it("that is retried after a delay keeps them, and its log line shows the key", async () => {
    const scope = createScope();
    const { Shop, publish } = serviceOf(scope, 4, { delays: ["1s"] });
    const shop = new Shop();
    await using running = await start(shop);
    await publish(shop);
    await replay(`${scope.prefix}paid.dlq`);
    await until(() => shop.deadLetters.length === 2, { what: "the second dead letter" });
    const keys = [1, 2, 3, 4].map(() => "order.7.paid");
    expect(shop.seen.map(({ routingKey }) => routingKey)).toEqual(keys);
    expect(shop.seen.map(({ attempt }) => attempt)).toEqual([1, 2, 1, 2]);
    const failures = running.log.filter(({ msg }) => msg.startsWith("a message could not be handled"));
    expect([...new Set(failures.map(({ routingKey }) => routingKey))]).toEqual([`${scope.prefix}order.7.paid`]);
    await using foreign = await connectForeign();
    const deadLetter = await until(() => foreign.get(`${scope.prefix}paid.dlq`), { what: "the dead letter" });
    expect(deadLetter.properties.headers).toMatchObject({
      "x-tomodachi-exchange": `${scope.prefix}shop`,
      "x-tomodachi-routing-key": `${scope.prefix}order.7.paid`,
      "x-tomodachi-attempts": 2,
    });
  });

  it("of a message that the broker dead-lettered has the key of its publish", async () => {
    const scope = createScope();
    const queue = `${scope.prefix}plain`;
    await using foreign = await connectForeign();
    const deadLetters = { "x-dead-letter-exchange": "", "x-dead-letter-routing-key": `${queue}.dlq` };
    await foreign.channel.assertQueue(queue, {
      durable: true,
      arguments: { "x-queue-type": "quorum", ...deadLetters },
    });
    await foreign.channel.assertQueue(`${queue}.dlq`, { durable: true, arguments: { "x-queue-type": "quorum" } });
    await foreign.channel.bindQueue(queue, "amq.topic", `${scope.prefix}order.paid`);
    await foreign.publish("amq.topic", `${scope.prefix}order.paid`, "body", { expiration: "1" });
    await replay(`${queue}.dlq`);
    const back = await until(() => foreign.get(queue), { what: "the replay" });
    expect(back.properties.headers).toMatchObject({
      "x-tomodachi-exchange": "amq.topic",
      "x-tomodachi-routing-key": `${scope.prefix}order.paid`,
    });
    for (const name of [queue, `${queue}.dlq`]) await foreign.deleteQueue(name);
  });
});

describeWithBroker("another program's headers on a first delivery", () => {
  it("do not change key, exchange or attempt, and leave no mark in the dead letter", async () => {
    const scope = createScope();
    class Plain extends Service {
      name = "plain";
      readonly seen: Seen[] = [];
      override options = scope.options();
      @amqp("order.*", { queueName: "plain" }) on(_data: string, context: AmqpContext) {
        this.seen.push(seenIn(context));
        throw new Error("no");
      }
    }
    const plain = new Plain();
    await using running = await start(plain);
    await using foreign = await connectForeign();
    const headers = {
      "x-tomodachi-attempts": 98,
      "x-tomodachi-failures": 99,
      "x-tomodachi-exchange": "elsewhere",
      "x-tomodachi-routing-key": "another.key",
      "x-tomodachi-queue": "victim",
      "x-tomodachi-reason": "rejected",
      "x-tomodachi-replay": "again",
      "x-tomodachi-original-CC": ["elsewhere"],
    };
    await foreign.publish("amq.topic", `${scope.prefix}order.1`, "x", { headers });
    const deadLetter = await until(() => foreign.get(`${scope.prefix}plain.dlq`), { what: "the dead letter" });
    expect(plain.seen).toMatchObject([{ routingKey: "order.1", exchangeName: "amq.topic", attempt: 1 }]);
    const { headers: copied = {} } = deadLetter.properties;
    expect(copied).toMatchObject({
      "x-tomodachi-attempts": 1,
      "x-tomodachi-exchange": "amq.topic",
      "x-tomodachi-routing-key": `${scope.prefix}order.1`,
      "x-tomodachi-queue": `${scope.prefix}plain`,
      "x-tomodachi-reason": "handler-error",
    });
    // In the order in which they came: RabbitMQ 4.3 sorts headers by name.
    expect(String(copied["x-tomodachi-dropped-headers"]).split(", ").sort()).toEqual([
      "x-tomodachi-original-CC",
      "x-tomodachi-replay",
    ]);
    for (const name of ["x-tomodachi-replay", "x-tomodachi-failures", "x-tomodachi-original-CC"])
      expect(copied).not.toHaveProperty([name]);
    void running;
  });
});
