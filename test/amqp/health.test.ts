// What service.health() reports: the real state of channels and deliveries, at every stage of a service.
import { expect, it } from "vitest";
import { amqp, amqpPublish, type ConsumerHealth, Service } from "../../src/index.ts";
import { startFaultProxy } from "../../src/testing/fault-proxy.ts";
import {
  amqpUrl,
  connectForeign,
  describeWithBroker,
  describeWithPrivateBroker,
  operator,
  uniqueName,
  until,
} from "../support/broker.ts";
import { createScope, start } from "../support/running.ts";

describeWithBroker("the health of a service", () => {
  it("shows connections, publisher and each consumer, with its number of deliveries", async () => {
    const scope = createScope();
    let finish = (): void => {};
    class Works extends Service {
      name = "works";
      override options = scope.options();
      @amqp("key", { queueName: "works" }) async on() {
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
      }
    }
    const works = new Works();
    expect(works.health()).toMatchObject({ healthy: false, reasons: ["the service does not run"] });
    const running = await start(works);
    const consumer = {
      handler: "on",
      queue: `${scope.prefix}works`,
      connected: true,
      state: "consuming",
      healthy: true,
    };
    expect(works.health()).toMatchObject({
      service: "works",
      healthy: true,
      reasons: [],
      transports: [
        {
          transport: "amqp",
          connections: [
            { purpose: "consuming", state: "connected", healthy: true },
            { purpose: "publishing", state: "connected", healthy: true },
          ],
          publisher: { waiting: 0, unconfirmed: 0, blocked: false },
          consumers: [{ ...consumer, lastDeliveryAt: undefined, unacknowledged: 0, reason: undefined }],
        },
      ],
    });
    const before = Date.now();
    await amqpPublish(works, "x", { routingKey: "key" });
    const [first] = await until(
      () => {
        const consumers = works.health().transports[0]?.consumers ?? [];
        return consumers[0]?.unacknowledged === 1 && consumers;
      },
      { what: "the delivery" },
    );
    expect(first?.lastDeliveryAt?.getTime()).toBeGreaterThanOrEqual(before);
    expect(running.run.health()).toEqual([works.health()]);
    const stopped = running.stop();
    expect(works.health()).toMatchObject({ healthy: true });
    await until(() => !works.health().healthy, { what: "the stop to begin" });
    expect(works.health().reasons[0]).toBe("the service is stopping");
    finish();
    await stopped;
    expect(works.health().reasons).toEqual(["the service does not run"]);
  });

  it("shows a consumer that the broker cancelled as unhealthy until it consumes again", async () => {
    const scope = createScope();
    class Stalled extends Service {
      name = "stalled";
      override options = scope.options();
      @amqp("key", { queueName: "stalled" }) on() {}
    }
    await using foreign = await connectForeign();
    await using running = await start(Stalled);
    const [service] = running.services as [Service];
    const seen: string[] = [];
    let watching = true;
    // Checked in every turn, because it may be back after a few.
    const watch = (): void => {
      seen.push(...service.health().reasons);
      if (watching) setImmediate(watch);
    };
    watch();
    await foreign.deleteQueue(`${scope.prefix}stalled`);
    await until(() => seen.length > 0 && service.health().healthy, { what: "the consumer to come back" });
    watching = false;
    expect(seen.join()).toContain(`on does not consume "${scope.prefix}stalled"`);
  });

  it("shows a consumer as unhealthy with no deliveries, from the moment when the connection is lost", async () => {
    await using proxy = await startFaultProxy({ target: amqpUrl ?? "" });
    const scope = createScope();
    class Holds extends Service {
      name = "holds";
      override options = { terminationGracePeriodSeconds: 0, ...scope.options({ url: proxy.url }) };
      @amqp("key", { queueName: "holds" }) on() {
        return new Promise(() => {});
      }
    }
    await using running = await start(Holds);
    const [service] = running.services as [Service];
    const consumer = (): ConsumerHealth | undefined => service.health().transports[0]?.consumers[0];
    await amqpPublish(service, "x", { routingKey: "key" });
    await until(() => consumer()?.unacknowledged === 1, { what: "the delivery" });
    proxy.refuse(true);
    proxy.cut();
    await until(() => service.health().reasons.length === 3, { what: "the loss of both connections" });
    const { healthy, reasons, transports } = service.health();
    expect(healthy).toBe(false);
    expect(reasons.join()).toMatch(
      /consuming connection is reconnecting.*publishing connection is reconnecting.*on does not consume/,
    );
    expect(transports[0]?.connections.map(({ state }) => state)).toEqual(["reconnecting", "reconnecting"]);
    expect(consumer()).toMatchObject({ connected: false, state: "reopening", unacknowledged: 0, healthy: false });
    expect(consumer()?.reason).toContain("its connection was lost");
    expect(consumer()?.lastDeliveryAt).toBeInstanceOf(Date);
    proxy.refuse(false);
    await until(() => service.health().healthy && consumer()?.unacknowledged === 1, { what: "the delivery again" });
    expect(consumer()).toMatchObject({ connected: true, state: "consuming", reason: undefined });
  });

  it("of one that only publishes shows one connection and no consumer", async () => {
    const scope = createScope();
    class Sends extends Service {
      name = "sends";
      override options = scope.options();
      override async startedService() {
        await amqpPublish(this, "x", { routingKey: "nobody" });
      }
    }
    await using running = await start(Sends);
    const [health] = running.run.health();
    expect(health).toMatchObject({ healthy: true, transports: [{ connections: [{ purpose: "publishing" }] }] });
    expect(health?.transports[0]?.consumers).toEqual([]);
  });
});

describeWithPrivateBroker("the health of a service that loses its connections", () => {
  it("has the reason, and when each state began", async () => {
    const scope = createScope();
    class Comes extends Service {
      name = uniqueName("comes");
      override options = scope.options();
      @amqp("key", { queueName: "comes" }) on() {}
    }
    await using running = await start(Comes);
    const [service] = running.services as [Service];
    const began = service.health().transports[0]?.connections[0]?.since.getTime() ?? 0;
    await operator().closeConnectionsOf(service.name);
    const again = await until(
      () => {
        const { healthy, transports } = service.health();
        return healthy && (transports[0]?.connections[0]?.since.getTime() ?? 0) > began && transports[0];
      },
      { what: "the connection to come back" },
    );
    expect(again.connections[0]?.lastError).toContain("closed by a test");
  });
});
