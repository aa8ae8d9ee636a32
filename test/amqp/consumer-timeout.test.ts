// The consumer timeout of a subscription, which RabbitMQ supports since 4.3; with an older broker the start reports that.
import { expect, it } from "vitest";
import { amqp, amqpPublish, JsonBase, Service } from "../../src/index.ts";
import { createDeferred } from "../../src/util/deferred.ts";
import { isAtLeast } from "../conformance/broker-version.ts";
import { brokerKind, connectForeign, describeWithBroker, until } from "../support/broker.ts";
import { createScope, failureOf, start } from "../support/running.ts";

async function hasTimeouts(): Promise<boolean> {
  await using foreign = await connectForeign();
  return brokerKind === "embedded" || isAtLeast(foreign, 4, 3);
}

describeWithBroker("a consumer timeout of a subscription's own", () => {
  it("ends a consumer that holds a delivery for longer, and the message is handled once", async () => {
    const scope = createScope();
    const released = createDeferred<void>();
    const runs: string[] = [];
    class Holds extends Service {
      name = "holds";
      override messageEnvelope = JsonBase;
      override options = scope.options();
      @amqp("job", { queueName: "jobs", consumerTimeout: "2s" }) async onJob(id: string) {
        runs.push(id);
        if (id === "held") await released.promise;
      }
    }
    await using running = await start(Holds);
    const [service] = running.services as [Service];
    if (!(await hasTimeouts())) {
      released.resolve();
      const warnings = running.log.filter(({ msg }) => msg.includes("consumerTimeout"));
      expect(warnings).toMatchObject([{ level: 40, msg: expect.stringContaining("the limit of the broker applies") }]);
      return;
    }
    await amqpPublish(service, "held", { routingKey: "job" });
    const cancelled = ({ msg }: { readonly msg: string }): boolean =>
      msg.startsWith("the broker cancelled the consumer");
    await until(() => running.log.some(cancelled), { what: "the end of the consumer", timeoutMs: 20_000 });
    await amqpPublish(service, "after", { routingKey: "job" });
    await until(() => runs.includes("after"), { what: "the message after it" });
    released.resolve();
    await running.stop();
    expect(runs).toEqual(["held", "after"]);
  });

  it("allows a handler to run for longer than half of the broker's limit, or fails the start if that is impossible", async () => {
    const scope = createScope();
    class Slow extends Service {
      name = "slow";
      override options = scope.options();
      @amqp("job", { consumerTimeout: "3h", timeoutSeconds: 3600 }) async onJob() {}
    }
    if (await hasTimeouts()) expect(await (await start(Slow)).stop()).toBe(0);
    else expect(await failureOf(Slow)).toMatchObject({ code: "ERR_AMQP_BROKER_VERSION" });
  });
});
