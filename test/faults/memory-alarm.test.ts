// The broker runs low on memory and takes no publishes: they wait, within bounds, and go out when it is over.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { amqpPublish } from "../../src/index.ts";
import { describeWithPrivateBroker, until } from "../support/broker.ts";
import { startOwnBroker } from "../support/own-broker.ts";
import { faultTimeoutMs } from "./support/scale.ts";
import { startTraffic } from "./support/traffic.ts";

const padding = 50_000;
const lanes = 100;
const mib = 2 ** 20;
/** Calls that are not awaited, and the bytes of each: far more than may be held. */
const unawaited = { calls: 15_000, bytes: 20_000 };
/** What may be held: both windows of 16 MiB as the client and as the socket has it, what is awaited, and calls that wait unbuilt. */
const mayGrow = 64 * mib;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes that are really held in this process, on the heap and in buffers. */
function held(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describeWithPrivateBroker("a memory alarm under publishers", () => {
  it("makes publishers wait without filling this process, and loses nothing", { timeout: faultTimeoutMs }, async () => {
    await using broker = await startOwnBroker("alarm");
    await using traffic = await startTraffic("an alarm of memory", { padding, lanes, url: broker.url });
    traffic.publish();
    await traffic.flowed(200);
    try {
      await broker.setAlarm(true);
      await until(() => traffic.service.health().transports[0]?.publisher?.blocked, { what: "the broker to block" });
      const { service } = traffic;
      const before = held();
      const text = "x".repeat(unawaited.bytes);
      // These are not awaited: beyond their window they wait unbuilt, and beyond that they are refused by name.
      const fate = { resolved: 0, overflowed: 0 };
      for (let count = 0; count < unawaited.calls; count++) {
        const message = { id: `unawaited-${count}`, text };
        void amqpPublish(service, message, { routingKey: "nobody", wait: false }).then(
          () => fate.resolved++,
          ({ code }: { code?: string }) => {
            if (code === "ERR_AMQP_PUBLISH_OVERFLOW") fate.overflowed++;
          },
        );
      }
      await until(() => fate.overflowed >= 4000, { what: "publishes without room to be refused" });
      const grown = held() - before;
      expect(unawaited.calls * unawaited.bytes).toBeGreaterThan(4 * mayGrow);
      expect(grown, `grown by ${Math.round(grown / mib)} MiB`).toBeLessThan(mayGrow);
      // 16 MiB are full before a thousand messages are.
      const onTheirWay = Math.ceil((16 * mib) / unawaited.bytes);
      expect(fate.resolved).toBeLessThanOrEqual(onTheirWay);
      expect(fate.resolved + fate.overflowed + 10_000).toBe(unawaited.calls);
      const { waiting = 0, unconfirmed = 0 } = service.health().transports[0]?.publisher ?? {};
      expect(waiting + unconfirmed).toBeLessThanOrEqual(1000 + 2 * lanes + 200);
      expect(service.health()).toMatchObject({ healthy: false });
    } finally {
      await broker.setAlarm(false);
    }
    await traffic.flowed(200);
    await traffic.settled();
  });
});
