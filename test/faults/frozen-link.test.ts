// A network that carries nothing any more in one direction, or in both, without an error.
import { expect, it } from "vitest";
import { amqp, Service } from "../../src/index.ts";
import { startFaultProxy } from "../../src/testing/fault-proxy.ts";
import { amqpUrl, connectForeign, describeWithBroker, until } from "../support/broker.ts";
import { createScope, start } from "../support/running.ts";
import { startTraffic } from "./support/traffic.ts";

describeWithBroker("a link that is frozen", () => {
  it.each(["toBroker", "toClient", "both"] as const)(
    "(%s) is detected by its heartbeats under load, and nothing is lost",
    async (direction) => {
      await using proxy = await startFaultProxy({ target: amqpUrl ?? "" });
      const fault = `a link frozen, ${direction}`;
      await using traffic = await startTraffic(fault, { url: proxy.url, amqp: { heartbeat: 1 } });
      traffic.publish();
      await traffic.flowed(100);
      proxy.stall(direction);
      const lost = (): boolean =>
        traffic.service.health().transports[0]?.connections.every(({ state }) => state === "reconnecting") ?? false;
      await until(lost, { what: "both connections to be given up" });
      expect(traffic.service.health().healthy).toBe(false);
      proxy.resume();
      await traffic.flowed(100);
      await traffic.settled();
    },
  );

  it("is half open: existing connections are closed, and new ones work", async () => {
    await using proxy = await startFaultProxy({ target: amqpUrl ?? "" });
    await using traffic = await startTraffic("a link half open", { url: proxy.url, amqp: { heartbeat: 1 } });
    traffic.publish();
    await traffic.flowed(100);
    const before = proxy.accepted;
    proxy.freeze();
    await until(() => proxy.accepted >= before + 2, { what: "two new connections" });
    await traffic.flowed(100);
    await traffic.settled();
  });
});

describeWithBroker("a stop while the link is frozen", () => {
  it("does not wait longer than its grace period for answers, also without heartbeats", async () => {
    await using proxy = await startFaultProxy({ target: amqpUrl ?? "" });
    const scope = createScope();
    class Frozen extends Service {
      name = "frozen";
      override options = {
        terminationGracePeriodSeconds: 1,
        ...scope.options({ url: proxy.url, heartbeat: 0 }),
      };
      @amqp("key", { queueName: "frozen", previousQueueNames: ["older"] }) on() {}
      @amqp("ordered", { queueName: "ordered", orderingKey: () => "one" }) onOrdered() {}
    }
    await using foreign = await connectForeign();
    await foreign.channel.assertQueue(`${scope.prefix}older`);
    const running = await start(Frozen);
    const consumers = (): unknown => running.run.health()[0]?.transports[0]?.consumers.length === 3;
    await until(consumers, { what: "the previous queue to be drained" });
    proxy.freeze();
    expect(await running.stop()).toBe(0);
    expect(running.services[0]?.health().reasons).toEqual(["the service does not run"]);
    await foreign.deleteQueue(`${scope.prefix}older`);
  });
});
