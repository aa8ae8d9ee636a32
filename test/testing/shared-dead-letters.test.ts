/** Dead letters of one handler, where several share a dead-letter queue. */
import { expect, it } from "vitest";
import { amqp, defineOptions, JsonBase, Service } from "../../src/index.ts";
import { startService } from "../../src/testing/index.ts";

class Shop extends Service {
  name = "shop";
  override options = defineOptions({ amqp: { deadLetterQueue: "service" } });

  @amqp("order.paid", { messageEnvelope: JsonBase })
  async onPaid(order: { readonly id: number }): Promise<void> {
    throw new RangeError(`order ${order.id}`);
  }

  @amqp("order.sent", { queueName: "sent" })
  async onSent(order: string): Promise<void> {
    throw new TypeError(order);
  }
}

it("deadLetters() returns a handler's own dead letters, each read by its own envelope", async () => {
  await using app = await startService(Shop);
  await app.publish("one", { routingKey: "order.sent" });
  await app.publish({ id: 1 }, { routingKey: "order.paid", messageEnvelope: JsonBase });
  await app.publish("two", { routingKey: "order.sent" });
  expect(await app.deadLetters("onPaid", { count: 1 })).toMatchObject([
    { queue: "shop.dlq", data: { id: 1 }, error: { name: "RangeError" } },
  ]);
  const sent = await app.deadLetters("onSent", { count: 2 });
  expect(sent.map(({ data, error }) => [data, error?.name])).toEqual([
    ["one", "TypeError"],
    ["two", "TypeError"],
  ]);
  expect(await app.deadLetters("sent")).toHaveLength(2);
  expect(await app.deadLetters("shop.dlq", { count: 3 })).toHaveLength(3);
});
