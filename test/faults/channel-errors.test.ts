// The broker closes channels beside busy ones: what others do wrong costs the busy ones nothing.
import { expect, it } from "vitest";
import { amqpPublish } from "../../src/index.ts";
import { connectForeign, describeWithBroker } from "../support/broker.ts";
import { startTraffic } from "./support/traffic.ts";

describeWithBroker("channel errors beside busy channels", () => {
  it("a missing exchange rejects its own publishes by name, and affects nothing else", async () => {
    await using traffic = await startTraffic("channel errors: a missing exchange");
    traffic.publish();
    await traffic.flowed(100);
    for (let round = 0; round < 5; round++) {
      const publish = amqpPublish(traffic.service, {}, { routingKey: "key", exchangeName: `absent-${round}` });
      await expect(publish).rejects.toMatchObject({ code: "ERR_AMQP_EXCHANGE_NOT_FOUND" });
      await traffic.flowed(20);
    }
    await traffic.settled();
    expect(traffic.running.log.filter(({ msg }) => msg.includes("was lost"))).toEqual([]);
  });

  it("an error of another client on the same queues closes only that client's channel", async () => {
    await using traffic = await startTraffic("channel errors: a stranger's");
    traffic.publish();
    await traffic.flowed(100);
    const queue = traffic.service.health().transports[0]?.consumers[0]?.queue ?? "";
    for (const wrong of ["double ack", "precondition failed"] as const) {
      await using foreign = await connectForeign();
      foreign.channel.on("error", () => {});
      const closed = new Promise((resolve) => foreign.channel.once("close", resolve));
      if (wrong === "double ack") {
        const { queue: own } = await foreign.channel.assertQueue("", { exclusive: true });
        await foreign.publish("", own, "once");
        const message = await foreign.channel.get(own);
        if (message) for (let times = 0; times < 2; times++) foreign.channel.ack(message);
      } else await foreign.channel.assertQueue(queue, { arguments: { "x-message-ttl": 1 } }).catch(() => {});
      await closed;
      await traffic.flowed(50);
    }
    await traffic.settled();
  });
});
