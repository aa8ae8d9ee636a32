// Deliveries held beyond the broker's consumer timeout: the broker ends the consumer, and nothing is lost or handled twice.
import { afterAll, expect, it } from "vitest";
import { startRabbitMq } from "../../scripts/rabbitmq.ts";
import { startBroker } from "../../src/amqp-broker/broker.ts";
import { amqp, amqpPublish, JsonBase, Service } from "../../src/index.ts";
import { createDeferred } from "../../src/util/deferred.ts";
import { brokerKind, describeWithPrivateBroker, until } from "../support/broker.ts";
import { openForeign } from "../support/foreign-connection.ts";
import { createScope, start } from "../support/running.ts";
import { FaultCase, takeDeadLetters } from "./support/fault-case.ts";

/** Half of it is the time that a service has to put back what waited: longer than a pause of a busy machine. */
const timeoutSeconds = 6;

/** A broker for this file alone: no other test runs with so short a timeout. */
async function startWithShortTimeout(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  if (brokerKind === "embedded") return startBroker({ consumerTimeoutSeconds: timeoutSeconds });
  const node = await startRabbitMq({ name: "short-timeout" });
  const variables = { consumer_timeout: timeoutSeconds * 1000, channel_tick_interval: 500 };
  for (const [name, value] of Object.entries(variables)) {
    await node.ctl("eval", `application:set_env(rabbit, ${name}, ${value}).`);
  }
  return node;
}

/** RabbitMQ closes the channel; since 4.3 it cancels the consumer instead. */
const isEnd = ({ msg }: { readonly msg: string }): boolean =>
  msg.startsWith("the channel of the consumer of") || msg.startsWith("the broker cancelled the consumer of");

describeWithPrivateBroker("a delivery held beyond the broker's consumer timeout", async () => {
  let broker: Promise<{ readonly url: string; stop(): Promise<void> }> | undefined;
  const brokerUrl = async (): Promise<string> => {
    broker ??= startWithShortTimeout();
    return (await broker).url;
  };
  afterAll(async () => (await broker)?.stop());

  it.each([
    ["", false],
    [", also with a single active consumer", true],
  ])(
    "is handled once, even if the broker ends its consumer in the meantime%s",
    { timeout: 60_000 },
    async (_, singleActive) => {
      const url = await brokerUrl();
      const fault = new FaultCase(`held beyond the consumer timeout, singleActive ${singleActive}`);
      const { ledger } = fault;
      const scope = createScope();
      const released = createDeferred<void>();
      const runs: string[] = [];
      class Holds extends Service {
        name = "holds";
        override messageEnvelope = JsonBase;
        override options = scope.options({ url });
        @amqp("job", { queueName: "jobs", singleActive }) async on(id: string) {
          runs.push(id);
          if (id === "held") await released.promise;
          ledger.handled(id);
        }
      }
      await using running = await start(Holds);
      const [service] = running.services as [Service];
      const send = (id: string): Promise<void> =>
        ledger.publish(id, () => amqpPublish(service, id, { routingKey: "job" }));
      await send("before");
      await send("held");
      await until(() => running.log.some(isEnd), { what: "the end of the consumer", timeoutMs: 30_000 });
      await until(() => running.log.some(({ msg }) => msg.includes("is consumed again")), { what: "the consumer" });
      await send("after");
      await until(() => ledger.timesHandled("after") === 1, { what: "the message after it" });
      expect(runs).toEqual(["before", "held", "after"]);
      released.resolve();
      await fault.end();
      expect(await running.stop()).toBe(0);
      expect(runs).toEqual(["before", "held", "after"]);
    },
  );

  it("does not reach the timeout if the service knows it", { timeout: 60_000 }, async () => {
    const url = await brokerUrl();
    const fault = new FaultCase("more in flight than fits the consumer timeout");
    const { ledger } = fault;
    const scope = createScope();
    class Slow extends Service {
      name = "slow";
      override messageEnvelope = JsonBase;
      override options = scope.options({ url, consumerTimeoutSeconds: timeoutSeconds });
      @amqp("job", { queueName: "jobs", prefetch: 100, concurrency: 1 }) async on(id: string) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        ledger.handled(id);
      }
    }
    await using foreign = await openForeign(url);
    await using running = await start(Slow);
    const [service] = running.services as [Service];
    // Twice as much work as fits into the timeout.
    const ids = Array.from({ length: timeoutSeconds * 20 }, (_, number) => `m${number}`);
    await Promise.all(ids.map((id) => ledger.publish(id, () => amqpPublish(service, id, { routingKey: "job" }))));
    const look = (): Promise<void> => takeDeadLetters(foreign, `${scope.prefix}jobs.dlq`, ledger);
    // A message that only waited is not dead-lettered, however often it came back.
    expect(await fault.end({ look })).toMatchObject({ deadLettered: 0 });
    expect(running.log.filter(isEnd)).toEqual([]);
    expect(await running.stop()).toBe(0);
  });
});
