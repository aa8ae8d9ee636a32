// An operator closes all connections, again and again, under publishes, handling and forwarding.
import { expect, it } from "vitest";
import { brokerKind, createVirtualHost, describeWithPrivateBroker, operator } from "../support/broker.ts";
import { startTraffic } from "./support/traffic.ts";

// An operator of RabbitMQ takes seconds for each.
const rounds = brokerKind === "embedded" ? 20 : 4;

describeWithPrivateBroker(`all connections closed ${rounds} times`, () => {
  it("loses nothing, repeats nothing, and consumes again each time", { timeout: 90_000 }, async () => {
    await using host = await createVirtualHost();
    await using traffic = await startTraffic({ url: host.url });
    traffic.publish();
    for (let round = 1; round <= rounds; round++) {
      await traffic.flowed(100);
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
