// A queue is deleted under its consumer, an exchange under its publisher, and a broker comes back with nothing at all.
import { expect, it } from "vitest";
import {
  connectForeign,
  createVirtualHost,
  describeWithBroker,
  describeWithPrivateBroker,
  operator,
  until,
} from "../support/broker.ts";
import { startTraffic, type Traffic } from "./support/traffic.ts";

function consumersOf(traffic: Traffic): readonly { readonly queue: string; readonly healthy: boolean }[] {
  return traffic.service.health().transports[0]?.consumers ?? [];
}

describeWithBroker("a queue that is deleted under its consumer", () => {
  it("is declared, bound and consumed again, and the consumer is unhealthy until then", async () => {
    await using traffic = await startTraffic("a queue deleted");
    for (let round = 0; round < 10; round++) await traffic.publishOne();
    await until(() => traffic.ledger.complete, { what: "the first messages" });
    await using foreign = await connectForeign();
    for (const { queue } of consumersOf(traffic)) {
      // Seen in the same turn in which the broker's message arrived.
      const told = new Promise((resolve) => {
        const look = (): unknown => (traffic.service.health().healthy ? setImmediate(look) : resolve(undefined));
        look();
      });
      await foreign.deleteQueue(queue);
      await told;
      await traffic.healthy();
    }
    for (let round = 0; round < 10; round++) await traffic.publishOne();
    await traffic.settled();
    expect(traffic.ledger.balance().handled).toBe(20);
  });
});

describeWithBroker("an exchange that is deleted under its publisher", () => {
  it("is declared again with its bindings, and loses no publish", async () => {
    await using foreign = await connectForeign();
    const exchangeName = `deleted-${Date.now()}`;
    await using traffic = await startTraffic("an exchange deleted", { amqp: { exchangeName } });
    traffic.publish();
    await traffic.flowed(100);
    await foreign.channel.deleteExchange(exchangeName);
    await traffic.flowed(100);
    await traffic.settled();
    expect(traffic.ledger.balance().rejected).toBe(0);
    await foreign.channel.deleteExchange(exchangeName);
  });

  // RabbitMQ removes the bindings before the exchange: a publish in between is returned and confirmed, not refused with 404.
  it("loses no message while the broker removes many bindings", { timeout: 200_000 }, async () => {
    await using foreign = await connectForeign();
    const exchangeName = `deleted-${Date.now()}`;
    const { queue } = await foreign.channel.assertQueue("", { exclusive: true });
    await using traffic = await startTraffic("an exchange with many bindings deleted", {
      lanes: 50,
      amqp: { exchangeName },
    });
    traffic.publish();
    for (let round = 0; round < 4; round++) {
      for (let key = 0; key < 100; key++) await foreign.channel.bindQueue(queue, exchangeName, `z.${key}`);
      await traffic.flowed(100);
      await foreign.channel.deleteExchange(exchangeName);
      await traffic.flowed(100);
    }
    await traffic.settled();
    expect(traffic.ledger.balance().rejected).toBe(0);
    await foreign.channel.deleteExchange(exchangeName);
  });
});

describeWithPrivateBroker("a broker that returns empty", () => {
  it("has everything declared again before anything is published to it", { timeout: 90_000 }, async () => {
    await using host = await createVirtualHost();
    await using traffic = await startTraffic("a broker that comes back empty", {
      url: host.url,
      amqp: { exchangeName: "mine", publishTimeoutSeconds: 60 },
    });
    for (let round = 0; round < 10; round++) await traffic.publishOne();
    await until(() => traffic.ledger.complete, { what: "the first messages" });
    await operator().removeVirtualHost(host.name);
    await until(() => !traffic.service.health().healthy, { what: "the loss" });
    // Waits for the broker, which has to be created again for it.
    const during = traffic.publishOne();
    await operator().addVirtualHost(host.name);
    await during;
    for (let round = 0; round < 10; round++) await traffic.publishOne();
    await traffic.settled();
    expect(traffic.ledger.balance()).toMatchObject({ confirmed: 21, handled: 21 });
  });
});
