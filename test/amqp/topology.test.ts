// What a start declares on the broker, and how it treats existing queues and exchanges.
import { expect, it } from "vitest";
import { type AmqpOptions, amqp, amqpPublish, defineService, on, Service, type ServiceClass } from "../../src/index.ts";
import { isAtLeast } from "../conformance/broker-version.ts";
import {
  brokerKind,
  connectForeign,
  describeWithBroker,
  describeWithPrivateBroker,
  operator,
  until,
} from "../support/broker.ts";
import type { ListedQueue } from "../support/operator.ts";
import { createScope, failureOf, start, type TestScope } from "../support/running.ts";

const silent = (scope: TestScope, options: AmqpOptions, amqpOptions = {}): ServiceClass =>
  defineService({
    name: "svc",
    uuid: "3f0d9a52-7c11-4a88-9d3e-5b6f1c2a7e40",
    options: scope.options(amqpOptions),
    handlers: { onKey: on(amqp("some.key", options), () => {}) },
  });

async function queuesOf(scope: TestScope): Promise<ListedQueue[]> {
  const queues = await operator().listQueues();
  return queues.filter(({ name }) => name.startsWith(scope.prefix)).sort((a, b) => a.name.localeCompare(b.name));
}

describeWithPrivateBroker("the declared topology", () => {
  it("is a quorum queue with its dead-letter queue in the reliable profile, a classic one on request", async () => {
    const scope = createScope();
    await using running = await start(
      silent(scope, {}),
      silent(scope, { queueType: "classic", queueName: "classic", maxPriority: 5 }),
    );
    void running;
    const name = `${scope.prefix}svc.onKey:some.key`;
    expect(await queuesOf(scope)).toEqual([
      {
        name: `${scope.prefix}classic`,
        type: "classic",
        durable: true,
        arguments: {
          "x-queue-type": "classic",
          "x-dead-letter-exchange": "",
          "x-dead-letter-routing-key": `${scope.prefix}classic.dlq`,
          "x-overflow": "reject-publish",
          "x-max-priority": 5,
        },
      },
      {
        name: `${scope.prefix}classic.dlq`,
        type: "quorum",
        durable: true,
        arguments: { "x-queue-type": "quorum", "x-overflow": "reject-publish" },
      },
      {
        name,
        type: "quorum",
        durable: true,
        arguments: {
          "x-queue-type": "quorum",
          "x-dead-letter-exchange": "",
          "x-dead-letter-routing-key": `${name}.dlq`,
          "x-dead-letter-strategy": "at-least-once",
          "x-overflow": "reject-publish",
          "x-delivery-limit": 20,
        },
      },
      {
        name: `${name}.dlq`,
        type: "quorum",
        durable: true,
        arguments: { "x-queue-type": "quorum", "x-overflow": "reject-publish" },
      },
    ]);
  });

  it("is what Python declares in the python profile, and refuses a second consumer of a queue that is not shared", async () => {
    const scope = createScope();
    const service = silent(scope, { functionName: "on_key" }, { topology: "python" });
    await using running = await start(service);
    void running;
    const rows = await queuesOf(scope);
    expect(rows).toMatchObject([{ type: "classic", durable: true, arguments: { "x-expires": 86_400_000 } }]);
    await using foreign = await connectForeign();
    // RabbitMQ 4 adds the type itself to a queue that was declared without one.
    const added = brokerKind === "rabbitmq" && isAtLeast(foreign, 4) ? ["x-queue-type"] : [];
    expect(Object.keys(rows[0]?.arguments ?? {}).sort()).toEqual(["x-expires", ...added]);
    expect((await failureOf(service)).code).toBe("ERR_AMQP_TOO_MANY_CONSUMERS");
  });
});

describeWithBroker("a start", () => {
  it("uses a queue with other arguments as it is and warns once, but fails with strictTopology", async () => {
    const scope = createScope();
    await using foreign = await connectForeign();
    await foreign.channel.assertQueue(`${scope.prefix}old`, { durable: true, arguments: { "x-expires": 60_000 } });
    {
      await using running = await start(silent(scope, { queueName: "old" }));
      const warnings = running.log.filter(
        ({ level, msg }) => level === 40 && msg.includes("exists with other arguments"),
      );
      expect(warnings).toHaveLength(1);
      expect(warnings[0]?.msg).toContain("inequivalent arg");
      expect(await foreign.queueInfo(`${scope.prefix}old`)).toMatchObject({ consumerCount: 1 });
    }
    const failure = await failureOf(silent(scope, { queueName: "old" }, { strictTopology: true }));
    expect(failure.code).toBe("ERR_AMQP_DECLARATION");
    expect(failure.message).toContain("previousQueueNames");
  });

  it("declares an exchange of its own, and refuses one of another type or with a reserved name", async () => {
    const scope = createScope();
    await using foreign = await connectForeign();
    const exchangeName = `${scope.prefix}orders`;
    {
      await using running = await start(silent(scope, { exchangeName }));
      void running;
      await foreign.channel.checkExchange(exchangeName);
    }
    const other = await failureOf(silent(scope, { exchangeName, exchangeType: "fanout" }));
    expect(other.message).toContain("inequivalent arg 'type'");
    expect((await failureOf(silent(scope, { exchangeName: "amq.mine" }))).message).toContain('begin with "amq."');
    await foreign.channel.deleteExchange(exchangeName);
  });

  it("refuses two methods that name one queue", async () => {
    const scope = createScope();
    class Clash extends Service {
      name = "clash";
      override options = scope.options();
      @amqp("a", { queueName: "same" }) a() {}
      @amqp("b", { queueName: "same" }) b() {}
    }
    expect((await failureOf(Clash)).code).toBe("ERR_AMQP_QUEUE_SHARED");
  });

  it("drains a previous queue into the handler, does not delete it, and removes old bindings", async () => {
    const scope = createScope();
    await using foreign = await connectForeign();
    const seen: string[] = [];
    const version = (options: AmqpOptions, pattern: string): ServiceClass =>
      defineService({
        name: "mover",
        options: scope.options(),
        handlers: { onKey: on(amqp(pattern, options), (data: string) => void seen.push(data)) },
      });
    await (await start(version({ queueName: "before" }, "stale.key"))).stop();
    await foreign.publish("amq.topic", `${scope.prefix}stale.key`, "left behind");
    await using running = await start(
      version({ queueName: "after", previousQueueNames: ["before"], previousPatterns: ["stale.key"] }, "fresh.key"),
    );
    await until(() => seen.length === 1, { what: "what the old queue held" });
    const [service] = running.services as [Service];
    await expect(amqpPublish(service, "x", { routingKey: "stale.key", mandatory: true })).rejects.toMatchObject({
      code: "ERR_AMQP_UNROUTABLE",
    });
    await amqpPublish(service, "new", { routingKey: "fresh.key", mandatory: true });
    await until(() => seen.length === 2, { what: "what the new queue gets" });
    await foreign.publish("", `${scope.prefix}before`, "sent to it by name");
    await until(() => seen.length === 3, { what: "what still comes to the old queue" });
    expect(seen).toEqual(["left behind", "new", "sent to it by name"]);
  });
});
