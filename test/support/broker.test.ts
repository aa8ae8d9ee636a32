// The harness itself: messages arrive, names are unique, and a missing queue is distinguished from an error.
import { expect, it } from "vitest";
import {
  connectForeign,
  createVirtualHost,
  describeWithBroker,
  describeWithPrivateBroker,
  operator,
  uniqueName,
  until,
} from "./broker.ts";

describeWithBroker("a connection to the broker of this run", () => {
  it("publishes a message and gets it back", async () => {
    await using foreign = await connectForeign();
    const queue = uniqueName("harness");
    await foreign.channel.assertQueue(queue, { autoDelete: true });
    await foreign.publish("", queue, "hello", { messageId: "m-1" });
    expect(await foreign.queueInfo(queue)).toEqual({ messageCount: 1, consumerCount: 0 });
    const message = await foreign.get(queue);
    expect(message?.content.toString()).toBe("hello");
    expect(message?.properties.messageId).toBe("m-1");
    expect(await foreign.get(queue)).toBeUndefined();
    await foreign.deleteQueue(queue);
  });

  it("reports that a queue is missing, and continues", async () => {
    await using foreign = await connectForeign();
    expect(await foreign.queueInfo(uniqueName("absent"))).toBeUndefined();
    expect(await foreign.queueInfo(uniqueName("absent"))).toBeUndefined();
    expect(foreign.errors).toEqual([]);
  });
});

describeWithPrivateBroker("the broker of this run, administered", () => {
  it("gives a test its own virtual host, and deletes it afterwards", async () => {
    const host = await createVirtualHost();
    const queue = uniqueName("inside");
    {
      await using foreign = await connectForeign(host.url);
      await foreign.channel.assertQueue(queue, { durable: true, arguments: { "x-queue-type": "quorum" } });
      expect(await operator().listQueues(host.name)).toMatchObject([{ name: queue, type: "quorum" }]);
    }
    await host[Symbol.asyncDispose]();
    await expect(connectForeign(host.url)).rejects.toThrow();
    expect(await operator().listVirtualHosts()).not.toContain(host.name);
  });

  it("closes connections on request without ending the test process", async () => {
    await using host = await createVirtualHost();
    await using foreign = await connectForeign(host.url);
    await operator().closeConnections("harness", host.name);
    await until(() => foreign.errors.length > 0, { what: "the connection to be closed" });
    expect(foreign.errors[0]?.message).toMatch(/CONNECTION.FORCED/);
  });

  it("says in a timeout what it waited for", async () => {
    await expect(until(() => false, { timeoutMs: 50, what: "the impossible" })).rejects.toThrow(
      "Waited 50 ms for the impossible; the last answer was false.",
    );
  });
});
