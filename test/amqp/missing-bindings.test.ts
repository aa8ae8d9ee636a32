// After a lost connection the publisher declares bindings again before it publishes: an existing queue may not be bound yet.
import { expect, it } from "vitest";
import { resolveAmqpOptions } from "../../src/transports/amqp/options/options.ts";
import type { SubscriptionPlan } from "../../src/transports/amqp/options/plan.ts";
import { declareWhatIsMissing } from "../../src/transports/amqp/topology/declare-missing.ts";
import { openConnection } from "../amqp-client/client.ts";
import { connectForeign, describeWithBroker, uniqueName, until } from "../support/broker.ts";

function planOf(queueName: string, declare: boolean): SubscriptionPlan {
  const plan = {
    queue: { queueName, declare },
    bindings: { exchangeName: "amq.topic", declare: true, patterns: [`${queueName}.a`, `${queueName}.b`] },
  };
  return plan as unknown as SubscriptionPlan;
}

describeWithBroker("a queue that its consumer has declared again and not bound yet", () => {
  it.each([
    ["is bound before anything is published", true, 2],
    ["stays as it is where somebody else declares it", false, 0],
  ])("%s", async (_what, declare, messages) => {
    await using connection = await openConnection();
    await using foreign = await connectForeign();
    const queue = uniqueName("unbound");
    await foreign.channel.assertQueue(queue, { durable: true, expires: 60_000 });
    await declareWhatIsMissing([planOf(queue, declare)], connection, resolveAmqpOptions("svc", {}, {}));
    for (const key of ["a", "b"]) await foreign.publish("amq.topic", `${queue}.${key}`, key);
    await foreign.publish("", queue, "last");
    await until(async () => ((await foreign.queueInfo(queue))?.messageCount ?? 0) > messages, { what: "the last one" });
    expect((await foreign.queueInfo(queue))?.messageCount).toBe(messages + 1);
  });

  it("loses no publish if a binding is refused", async () => {
    await using connection = await openConnection();
    await using foreign = await connectForeign();
    const queue = uniqueName("unbound");
    await foreign.channel.assertQueue(queue, { durable: true, expires: 60_000 });
    const [own, lost] = [planOf(queue, true), planOf(queue, true)];
    Object.assign(lost.bindings, { exchangeName: uniqueName("gone"), declare: "verify" });
    await declareWhatIsMissing([lost, own], connection, resolveAmqpOptions("svc", {}, {}));
    await foreign.publish("amq.topic", `${queue}.a`, "a");
    await until(async () => (await foreign.queueInfo(queue))?.messageCount === 1, { what: "the message" });
  });
});
