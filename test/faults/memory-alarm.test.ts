// The broker runs low on memory and takes no publishes: they wait, within bounds, and go out when it is over.
import { expect, it } from "vitest";
import { amqpPublish } from "../../src/index.ts";
import { describeWithPrivateBroker, operator, until } from "../support/broker.ts";
import { startTraffic } from "./support/traffic.ts";

const padding = 50_000;
const lanes = 100;

describeWithPrivateBroker("an alarm of memory under publishers", () => {
  it("holds them back without filling this process, and loses nothing", async () => {
    await using traffic = await startTraffic("an alarm of memory", { padding, lanes });
    traffic.publish();
    await traffic.flowed(200);
    try {
      await operator().setAlarm(true);
      await until(() => traffic.service.health().transports[0]?.publisher?.blocked, { what: "the broker to block" });
      const { service } = traffic;
      // Nobody awaits these: beyond their window they wait unbuilt, and beyond that they are refused by name.
      const fate = { resolved: 0, overflowed: 0 };
      for (let count = 0; count < 15_000; count++) {
        const message = { id: `unawaited-${count}`, padding: "x".repeat(1) };
        void amqpPublish(service, message, { routingKey: "nobody", wait: false }).then(
          () => fate.resolved++,
          ({ code }: { code?: string }) => {
            if (code === "ERR_AMQP_PUBLISH_OVERFLOW") fate.overflowed++;
          },
        );
      }
      await until(() => fate.overflowed >= 4000, { what: "publishes without room to be refused" });
      expect(fate).toEqual({ resolved: 1000, overflowed: 4000 });
      const { waiting = 0, unconfirmed = 0 } = service.health().transports[0]?.publisher ?? {};
      expect(waiting + unconfirmed).toBeLessThanOrEqual(1000 + 2 * lanes + 200);
      expect(service.health()).toMatchObject({ healthy: false });
    } finally {
      await operator().setAlarm(false);
    }
    await traffic.flowed(200);
    await traffic.settled();
  });
});
