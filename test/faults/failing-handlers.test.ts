// Handlers that throw: always, sometimes, for one key. What is not handled is dead-lettered, each message once.
import { expect, it } from "vitest";
import { amqp, amqpPublish, JsonBase, Service } from "../../src/index.ts";
import { seededRandom } from "../../src/testing/random.ts";
import { connectForeign, describeWithBroker } from "../support/broker.ts";
import { createScope, start } from "../support/running.ts";
import { FaultCase, takeDeadLetters } from "./support/fault-case.ts";
import { faultSeed, faultTimeoutMs, scaled } from "./support/scale.ts";

interface Order {
  readonly id: string;
  readonly customer: number;
}

const random = seededRandom(faultSeed);

describeWithBroker("a handler that throws", () => {
  const count = scaled(200, 5000);
  const cases: readonly (readonly [string, (order: Order) => boolean, number | undefined])[] = [
    ["always", () => true, count],
    ["sometimes", () => random() < 0.3, undefined],
    ["for one key", ({ customer }) => customer === 3, count / 10],
  ];

  it.each(cases)(
    "%s: every message is handled or dead-lettered",
    { timeout: faultTimeoutMs },
    async (when, throwsOn, aside) => {
      const fault = new FaultCase(`a handler that throws ${when}`);
      const { ledger } = fault;
      const scope = createScope();
      class Orders extends Service {
        name = "orders";
        override messageEnvelope = JsonBase;
        override options = scope.options();
        @amqp("order.*", { queueName: "orders" }) async on(order: Order) {
          await new Promise(setImmediate);
          if (throwsOn(order)) throw new Error(`not ${order.id}`);
          ledger.handled(order.id);
        }
      }
      await using foreign = await connectForeign();
      const running = await start(Orders);
      const [service] = running.services as [Service];
      const publishes = Array.from({ length: count }, (_, number) => {
        const order: Order = { id: `m${number}`, customer: number % 10 };
        return ledger.publish(order.id, () => amqpPublish(service, order, { routingKey: `order.${order.customer}` }));
      });
      await Promise.all(publishes);
      const look = (): Promise<void> => takeDeadLetters(foreign, `${scope.prefix}orders.dlq`, ledger);
      const balance = await fault.end({ look });
      expect(balance).toMatchObject({ confirmed: count, handled: count - balance.deadLettered, duplicates: 0 });
      if (aside === undefined) expect(balance.deadLettered).toBeGreaterThan(0);
      else expect(balance.deadLettered).toBe(aside);
      expect(await running.stop()).toBe(0);
      await look();
      expect(ledger.balance().deadLettered).toBe(balance.deadLettered);
      expect(await foreign.queueInfo(`${scope.prefix}orders`)).toMatchObject({ messageCount: 0 });
    },
  );
});
