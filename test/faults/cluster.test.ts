// Three RabbitMQ nodes, and the leader of the queue crashes under load: the service continues with the others.
import { describe, expect, it } from "vitest";
import { findRelease } from "../../scripts/rabbitmq.ts";
import { startRabbitMqCluster } from "../../scripts/rabbitmq-cluster.ts";
import { amqp, amqpPublish, JsonBase, Service } from "../../src/index.ts";
import { brokerKind, until } from "../support/broker.ts";
import { openForeign } from "../support/foreign-connection.ts";
import { createScope, start } from "../support/running.ts";
import { FaultCase, takeDeadLetters } from "./support/fault-case.ts";
import { faultTimeoutMs, scaled } from "./support/scale.ts";
import { SteadyStream } from "./support/steady-stream.ts";

const describeWithCluster = brokerKind === "rabbitmq" && findRelease() ? describe : describe.skip;

describeWithCluster("a cluster of three nodes", () => {
  it("loses nothing and repeats nothing when the queue's leader crashes", { timeout: 2 * faultTimeoutMs }, async () => {
    await using cluster = await startRabbitMqCluster();
    const fault = new FaultCase("the leader of a cluster crashes");
    const { ledger } = fault;
    const scope = createScope();
    const queue = `${scope.prefix}work`;
    class Works extends Service {
      name = "works";
      override messageEnvelope = JsonBase;
      override options = scope.options({ url: undefined, hosts: cluster.hosts });
      @amqp("work", { queueName: "work" }) async on({ id }: { readonly id: string }) {
        await new Promise(setImmediate);
        ledger.handled(id);
        handled++;
      }
    }
    let handled = 0;
    const more = async (count: number): Promise<void> => {
      const goal = handled + count;
      await until(() => handled >= goal, { timeoutMs: 60_000, what: `${count} more messages` });
    };
    await using running = await start(Works);
    const [service] = running.services as [Service];
    const send = (id: string): Promise<void> => amqpPublish(service, { id }, { routingKey: "work", mandatory: true });
    await using stream = new SteadyStream({ ledger, handled: () => handled, send });
    for (let crash = 0; crash < scaled(1, 10); crash++) {
      const leader = await until(
        async () => {
          const look = await cluster.look(queue);
          return look?.online === 3 && look.leader;
        },
        { timeoutMs: 60_000, what: "a copy on each node, and a leader" },
      );
      await more(100);
      await leader.kill();
      await more(500);
      await leader.restart();
      await more(100);
    }
    await stream.stop();
    // While the queue has no leader the broker refuses publishes (basic.nack), and their senders get an error.
    await fault.end({ mayReject: Number.POSITIVE_INFINITY });
    for (const { code } of ledger.rejections) expect(code).toBe("ERR_AMQP_PUBLISH_REFUSED");
    expect(await running.stop()).toBe(0);
    const [node] = cluster.nodes;
    await using foreign = await openForeign(node?.url);
    await takeDeadLetters(foreign, `${queue}.dlq`, ledger);
    expect(ledger.balance().deadLettered).toBe(0);
    expect(await foreign.queueInfo(queue)).toMatchObject({ messageCount: 0 });
  });
});
