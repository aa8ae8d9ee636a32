/** Requests and batches: what compiles, and what must not. */
import {
  type AmqpContext,
  amqp,
  amqpRequest,
  type BatchOutcome,
  type ContextOf,
  JsonBase,
  on,
  type RequestData,
  type RequestReply,
  request,
  Service,
  type StandardSchema,
} from "tomodachi";

declare const article: StandardSchema<{ readonly id: string }, { readonly id: number }>;
declare const price: StandardSchema<{ readonly cents: number }, bigint>;

const priceGet = request("price.get", { schema: article, reply: price, envelope: JsonBase });
const anything = request("anything");
const orderGet = request("order.{id}.get", { reply: price, envelope: JsonBase });

export class Prices extends Service {
  name = "prices";

  @amqp(priceGet) get({ id }: RequestData<typeof priceGet>) {
    return { cents: id };
  }
  @amqp(priceGet, { onError: "dead-letter", replyStacks: true }) async later(data: { readonly id: number }) {
    return { cents: data.id };
  }
  @amqp(orderGet) order(_data: unknown, { params }: ContextOf<typeof orderGet>) {
    return { cents: params.id.length };
  }
  // @ts-expect-error the key has no such parameter
  @amqp(orderGet) wrongParams(_data: unknown, { params }: AmqpContext<unknown, { readonly number: string }>) {
    return { cents: params.number.length };
  }
  @amqp(anything) any(data: unknown) {
    return data;
  }
  @amqp("plain", { reply: true }) plain(data: string) {
    return data.length;
  }
  @amqp("batch", { batch: { size: 2 } }) all(items: string[], contexts: AmqpContext[]) {
    return items.map((item, index): BatchOutcome => (item === contexts[index]?.routingKey ? "reject" : undefined));
  }
  @amqp("batch", { batch: { size: 2, wait: "5ms" } }) async nothing(_items: readonly { readonly x: number }[]) {}

  // @ts-expect-error the answer has no cents
  @amqp(priceGet) wrongAnswer() {
    return { euros: 1 };
  }
  // @ts-expect-error an answer is asked for
  @amqp(priceGet) noAnswer() {}
  // @ts-expect-error the schema gives a number
  @amqp(priceGet) wrongData(_data: { readonly id: string }) {
    return { cents: 1 };
  }
  // @ts-expect-error the contract says the exchange
  @amqp(priceGet, { exchangeName: "other" }) twice() {
    return { cents: 1 };
  }
  // @ts-expect-error a batch comes as a list
  @amqp("batch", { batch: { size: 2 } }) single(_item: string) {}
  // @ts-expect-error the contexts come as a list
  @amqp("batch", { batch: { size: 2 } }) singleContext(_items: string[], _context: AmqpContext) {}
  // @ts-expect-error no outcome of a message
  @amqp("batch", { batch: { size: 2 } }) wrongOutcome(_items: string[]) {
    return ["done"];
  }
  // @ts-expect-error a batch has a size
  @amqp("batch", { batch: { wait: "5ms" } }) noSize(_items: string[]) {}
}

export async function ask(service: Service): Promise<[bigint, unknown, number]> {
  const cents: RequestReply<typeof priceGet> = await amqpRequest(service, priceGet, { id: "1" });
  const length = await amqpRequest<number>(service, "plain", "text", { idempotent: true, timeoutSeconds: 1 });
  await amqpRequest(service, orderGet, null, { params: { id: "1" }, timeoutSeconds: 1 });
  // @ts-expect-error the key has a parameter
  await amqpRequest(service, orderGet, null);
  // @ts-expect-error the key has another parameter
  await amqpRequest(service, orderGet, null, { params: { number: "1" } });
  // @ts-expect-error the key has no parameters
  await amqpRequest(service, priceGet, { id: "1" }, { params: { id: "1" } });
  // @ts-expect-error the schema takes a string
  await amqpRequest(service, priceGet, { id: 1 });
  // @ts-expect-error the contract says the envelope
  await amqpRequest(service, priceGet, { id: "1" }, { messageEnvelope: JsonBase });
  // @ts-expect-error a request says its expiration itself
  await amqpRequest(service, "plain", "text", { expiration: 5 });
  return [cents, await amqpRequest(service, anything, 5), length];
}

export const definitions = [
  on(amqp(priceGet), ({ id }) => ({ cents: id })),
  on(amqp(priceGet), async ({ id }, { logger }) => {
    logger.info("asked");
    return { cents: id };
  }),
  on(amqp("batch", { batch: { size: 5 } }), async (items: string[], contexts) => {
    contexts[0]?.logger.info(items.join());
  }),
  // @ts-expect-error the answer has no cents
  on(amqp(priceGet), () => ({ euros: 1 })),
  // @ts-expect-error no outcome of a message
  on(amqp("batch", { batch: { size: 5 } }), (items: string[]) => items.map(() => 5)),
];
