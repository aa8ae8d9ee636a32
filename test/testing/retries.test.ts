// Messages that wait for a retry: a test does not wait for them, can see them, and leaves none of them behind.
import { expect, it } from "vitest";
import { amqp, Service } from "../../src/index.ts";
import { startService } from "../../src/testing/start-service.ts";
import { connectForeign } from "../support/broker.ts";
import { describeOnBothBrokers } from "./brokers.ts";

class Patient extends Service {
  name = "patient";

  @amqp("order", { queueName: "orders", retry: { delays: ["1h"] } }) onOrder(_order: string) {
    throw new Error("not yet");
  }
}

describeOnBothBrokers("a message that waits for its retry", (broker) => {
  it("is listed when all other work is done, and in errors when an expected event does not come", async () => {
    await using app = await startService(Patient, broker);
    expect(await app.idle()).toEqual({ parked: 0 });
    await app.publish("book", { routingKey: "order" });
    const { error } = await app.handled("onOrder", { outcome: "retry" });
    expect(error).toMatchObject({ message: "not yet" });
    expect(await app.idle()).toEqual({ parked: 1 });
    expect(await app.deadLetters("onOrder")).toEqual([]);
    const late = await app.handled("onOrder", { timeout: "50ms" }).catch((reason: Error) => reason);
    expect((late as Error).message).toContain("patient.onOrder ran: to be retried (not yet)");
    expect((late as Error).message).toContain("retries after 1h: 1 waiting for its due time on the broker");
  });

  it("is deleted with its queues and exchanges when the app has stopped", async () => {
    const app = await startService(Patient, broker);
    const names = ["orders", "patient.retry.1h", "patient.lost.dlq"].map((name) => app.prefix + name);
    const exchanges = ["patient.retry.1h", "patient.return", "patient.lost"].map((name) => app.prefix + name);
    await app.publish("book", { routingKey: "order" });
    await app.handled("onOrder", { outcome: "retry" });
    await app.stop();
    // The whole embedded broker has ended.
    if (broker.url === undefined) return;
    await using foreign = await connectForeign(broker.url);
    for (const name of names) expect(await foreign.queueInfo(name), name).toBeUndefined();
    for (const exchange of exchanges) {
      const channel = await foreign.connection.createChannel();
      channel.on("error", () => {});
      await expect(channel.checkExchange(exchange), exchange).rejects.toThrow("NOT_FOUND");
    }
  });
});
