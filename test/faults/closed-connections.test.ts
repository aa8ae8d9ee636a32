// An operator closes all connections, again and again, under publishes, handling and forwarding.
import { expect, it } from "vitest";
import { brokerKind, createVirtualHost, describeWithPrivateBroker, operator } from "../support/broker.ts";
import { faultTimeoutMs, scaled } from "./support/scale.ts";
import { startTraffic } from "./support/traffic.ts";

// An operator of RabbitMQ takes seconds for each.
const rounds = scaled(brokerKind === "embedded" ? 20 : 4, 50);

describeWithPrivateBroker(`all connections closed ${rounds} times`, () => {
  it("loses nothing, repeats nothing, and consumes again each time", { timeout: faultTimeoutMs }, async () => {
    await using host = await createVirtualHost();
    await using traffic = await startTraffic(`all connections closed ${rounds} times`, { url: host.url });
    traffic.publish();
    for (let round = 1; round <= rounds; round++) {
      await traffic.flowed(100);
      // The last finds both connections open.
      if (round === rounds) await traffic.healthy();
      await operator().closeConnections(`round ${round}`, host.name);
    }
    await traffic.flowed(100);
    await traffic.settled();
    const { connections } = traffic.service.health().transports[0] ?? {};
    expect(connections?.map(({ lastError }) => lastError)).toEqual([
      expect.stringContaining(`round ${rounds}`),
      expect.stringContaining(`round ${rounds}`),
    ]);
  });
});
