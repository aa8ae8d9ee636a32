/** What a test may ask of a service, by the types of its class. */
import {
  type AmqpContext,
  amqp,
  type ContextOf,
  defineService,
  event,
  JsonBase,
  on,
  Service,
  type StandardSchema,
} from "tomodachi";
import { createVirtualClock, startService } from "tomodachi/testing";

interface Order {
  readonly id: string;
}

declare const total: StandardSchema<{ readonly total: string }, { readonly total: number }>;
declare const five: StandardSchema<5>;
const orderPaid = event("order.{id}.paid", { schema: total });
const ping = event("ping", { schema: five });

class Orders extends Service {
  name = "orders";
  override messageEnvelope = JsonBase;
  readonly paid: string[] = [];
  #count = 0;

  @amqp("order.paid") async onPaid(order: Order, context: ContextOf<Orders>) {
    this.#count++;
    return [order.id, context.message.metadata.topic, this.#count];
  }
  @amqp("order.sent") onSent(order: Order) {
    return order.id;
  }
  @amqp("tick") onTick() {}
  override startedService() {}
}

class Shipping extends Service {
  name = "shipping";
  @amqp("order.packed") onPacked(parcel: number, _context: AmqpContext<unknown> & { readonly queueName: string }) {
    return parcel;
  }
  @amqp("tick") onTick(_hour: string) {}
}

const Plain = defineService({ name: "plain", handlers: { onText: on(amqp("text"), (text: unknown) => text) } });

export async function one(): Promise<void> {
  await using app = await startService(Orders);
  const paid = await app.handled("onPaid", { where: ({ data }) => data.id === "1", timeout: "100ms" });
  paid satisfies { readonly data: Order };
  paid.context.metadata.topic satisfies string | null;
  const several = await app.handled("onPaid", { count: 2 });
  several[0]?.data satisfies Order | undefined;
  (await app.handled("onSent")).context satisfies AmqpContext;
  (await app.handled("onTick")).data satisfies unknown;
  app.runs("onSent")[0]?.data.id satisfies string | undefined;
  app.service.paid satisfies readonly string[];
  app.clock satisfies undefined;
  await app.deadLetters("onPaid");
  await app.deadLetters("a-queue", { count: 1 });
  await app.publish({ id: "1" }, { routingKey: "order.paid", messageEnvelope: null, headers: {}, service: "orders" });
  (await app.nextPublished("#", { count: 1 }))[0]?.reachedQueue satisfies boolean | undefined;
  (await app.nextPublished()).routingKey satisfies string;

  await app.publish(orderPaid, { total: "5" }, { params: { id: "1" }, service: "orders" });
  await app.publish(ping, 5);
  await app.publish(ping, 5, { service: "orders" });

  // @ts-expect-error The contract's data is its schema's input.
  await app.publish(orderPaid, { total: 5 }, { params: { id: "1" } });
  // @ts-expect-error The contract's key has a parameter.
  await app.publish(orderPaid, { total: "5" }, { service: "orders" });
  // @ts-expect-error No such method.
  await app.handled("onPayed");
  // @ts-expect-error A hook is not a handler.
  await app.handled("startedService");
  // @ts-expect-error A field is not a handler.
  await app.handled("paid");
  // @ts-expect-error The data has another type.
  (await app.handled("onPaid")).data satisfies string;
  // @ts-expect-error No such outcome.
  await app.handled("onPaid", { outcome: "done" });
  // @ts-expect-error A publish needs a key.
  await app.publish({ id: "1" }, {});
  // @ts-expect-error No clock was given.
  await app.clock.advance("1ms");
}

export async function several(): Promise<void> {
  await using app = await startService([Orders, new Shipping()], {
    clock: createVirtualClock({ now: 0 }),
    url: undefined,
  });
  (await app.handled("onPacked")).data satisfies number;
  (await app.handled("onPacked")).context.queueName satisfies string;
  (await app.handled("onPaid")).data satisfies Order;
  (await app.handled("onTick", { service: "shipping" })).data satisfies unknown;
  app.services satisfies readonly (Orders | Shipping)[];
  await app.clock.advance("1ms");
  // @ts-expect-error Neither has it.
  await app.handled("onLost");
}

export async function plain(): Promise<number> {
  const app = await startService(Plain, { options: { amqp: { prefetch: 1 } }, environment: {}, prefix: "" });
  (await app.handled("onText")).context satisfies AmqpContext;
  return app.stop();
}

export async function created(): Promise<void> {
  const one = await startService(async () => new Orders());
  (await one.handled("onPaid")).data satisfies Order;
  // @ts-expect-error It has no such handler.
  await one.handled("onPacked");
  const two = await startService([() => [new Shipping()], Orders]);
  (await two.handled("onPacked")).data satisfies number;
  (await two.handled("onPaid")).data satisfies Order;
}
