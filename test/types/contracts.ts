/** Schemas and contracts: the types that they give to handlers and publishes, under both decorator forms and without decorators. */

import { type } from "arktype";
import {
  type AmqpContext,
  amqp,
  amqpPublish,
  type ContextOf,
  defineService,
  type EventData,
  type EventInput,
  type EventParams,
  event,
  JsonBase,
  type JsonBaseMessage,
  on,
  RawBytes,
  Service,
  type StandardSchema,
} from "tomodachi";
import * as v from "valibot";
import { z } from "zod";

const Zod = z.object({ id: z.string(), total: z.string().transform(Number) });
const Valibot = v.object({ id: v.string() });
const Ark = type({ id: "string", "n?": "number" });
declare const Own: StandardSchema<string, Date>;

const orderPaid = event("order.{id}.paid", { schema: Zod });
const refunded = event("order.{id}.refunded", { schema: z.object({ reason: z.string() }) });
const renamed = event("user.{email:encoded}.{field}.renamed", { schema: Ark });
const ping = event("ping", { schema: Valibot, envelope: JsonBase, exchangeName: "pings", version: 2 });
const moved = event("stock.{from}.{to}.moved", { schema: Ark });
const bytes = event("bytes", { schema: z.any(), envelope: RawBytes });
const text = event("text.{lang}", { schema: z.string(), envelope: null });
const Secretive = {
  buildMessage: (_service: Service, _topic: string, data: unknown, _options: { salt?: string }) => String(data),
  parseMessage: (payload: Buffer, { secret }: { secret: string }) => ({ message: String(payload) + secret }),
};
const secret = event("secret", { schema: z.string(), envelope: Secretive });
declare const someKey: string;
const unknownKey = event(someKey, { schema: Valibot });

type OrderPaid = EventData<typeof orderPaid>;

export const data: OrderPaid = { id: "1", total: 5 };
export const input: EventInput<typeof orderPaid> = { id: "1", total: "5" };
export const params: EventParams<typeof moved> = { from: "a", to: "b" };
export const encoded: EventParams<typeof renamed> = { email: "ada@example.com", field: "name" };
// @ts-expect-error the mark is not part of the name
export const notEncoded: EventParams<typeof renamed> = { "email:encoded": "ada@example.com", field: "name" };
export const none: EventParams<typeof ping> = {};
// @ts-expect-error the output, not the input
export const notData: OrderPaid = { id: "1", total: "5" };
// @ts-expect-error the input, not the output
export const notInput: EventInput<typeof orderPaid> = { id: "1", total: 5 };
// @ts-expect-error a parameter is missing
export const notParams: EventParams<typeof moved> = { from: "a" };

export class Schemas extends Service {
  name = "schemas";

  @amqp("a", { schema: Zod }) zod(order: { id: string; total: number }) {
    return order;
  }
  @amqp("a", { schema: Valibot }) valibot(order: v.InferOutput<typeof Valibot>, { signal }: AmqpContext) {
    return [order, signal];
  }
  @amqp("a", { schema: Ark, prefetch: 5 }) ark(order: typeof Ark.infer) {
    return order;
  }
  @amqp("a", { schema: Own }) own(when: Date) {
    return when.getTime();
  }
  @amqp("a", { schema: Valibot, messageEnvelope: JsonBase }) json(
    _order: { id: string },
    context: ContextOf<typeof JsonBase>,
  ) {
    return context.message.metadata.topic;
  }
  @amqp("a", { schema: Valibot }) wider(order: { id: string | number; more?: string }) {
    return order;
  }
  @amqp("a", { schema: Valibot }) nothing() {}
  @amqp("a", { schema: undefined }) noSchema(order: { any: string }) {
    return order;
  }

  // @ts-expect-error the output of the schema has another type
  @amqp("a", { schema: Zod }) zodWrong(order: { id: number }) {
    return order;
  }
  // @ts-expect-error the handler gets the output, not the input
  @amqp("a", { schema: Zod }) zodInput(order: { total: string }) {
    return order;
  }
  // @ts-expect-error the output of the schema has another type
  @amqp("a", { schema: Valibot }) valibotWrong(order: { id: number }) {
    return order;
  }
  // @ts-expect-error the output of the schema has another type
  @amqp("a", { schema: Ark }) arkWrong(order: { id: number }) {
    return order;
  }
  // @ts-expect-error a member that the schema does not give
  @amqp("a", { schema: Valibot }) more(order: { id: string; more: string }) {
    return order;
  }
  // @ts-expect-error no schema
  @amqp("a", { schema: { parse: () => 1 } }) notASchema() {}
  // @ts-expect-error a slip beside a schema
  @amqp("a", { schema: Zod, prefech: 1 }) slip() {}
}

export class Contracts extends Service {
  name = "contracts";

  @amqp(orderPaid) paid(order: OrderPaid, { params }: ContextOf<typeof orderPaid>) {
    return [order.total.toFixed(), params.id.length];
  }
  @amqp(orderPaid, { queueName: "q", competing: false }) part(
    order: { id: string },
    { params }: { params: { id: string } },
  ) {
    return [order, params];
  }
  @amqp(orderPaid) onlyData(order: OrderPaid) {
    return order;
  }
  @amqp(orderPaid) plainContext(_order: OrderPaid, { params }: AmqpContext) {
    return params["id"]?.length;
  }
  @amqp(moved) moved(item: { id: string; n?: number }, { params }: ContextOf<typeof moved>) {
    return [item.n, params.from + params.to];
  }
  @amqp(ping) ping(_data: { id: string }, { message, params }: ContextOf<typeof ping>) {
    return [message.metadata.topic, Object.keys(params)];
  }
  @amqp(bytes) bytes(_data: unknown, { message }: ContextOf<typeof bytes>) {
    return message.byteLength;
  }
  @amqp(text) text(words: string, { message, params }: ContextOf<typeof text>) {
    return words.length + message.length + params.lang.length;
  }
  @amqp(unknownKey) unknownKey(_data: { id: string }, { params }: ContextOf<typeof unknownKey>) {
    return params["any"];
  }
  @amqp("order.paid") anyParams(_data: unknown, { params }: AmqpContext) {
    return params["id"];
  }
  @amqp(orderPaid) @amqp(refunded) both(order: OrderPaid | { reason: string }, { params }: { params: { id: string } }) {
    return [order, params.id];
  }

  @amqp(secret, { secret: "s", prefetch: 1 }) secret(_data: string, { message }: ContextOf<typeof secret>) {
    return message.length;
  }
  // @ts-expect-error the contract's envelope asks for `secret`
  @amqp(secret) noSecret() {}
  // @ts-expect-error an option of the contract's envelope has its type
  @amqp(secret, { secret: 1 }) wrongSecret() {}

  // @ts-expect-error the handler gets the schema's output
  @amqp(orderPaid) input(order: { total: string }) {
    return order;
  }
  // @ts-expect-error no such parameter
  @amqp(orderPaid) noParam(_order: unknown, { params }: { params: { order: string } }) {
    return params;
  }
  // @ts-expect-error the parameters of another contract
  @amqp(orderPaid) otherParams(_order: unknown, { params }: ContextOf<typeof moved>) {
    return params;
  }
  // @ts-expect-error a plain key has no parameters that are known
  @amqp("order.*.paid") plainKey(_order: unknown, { params }: { params: { id: string } }) {
    return params;
  }
  // @ts-expect-error a slip in an option
  @amqp(orderPaid, { prefech: 1 }) slip() {}
  // @ts-expect-error the contract says the schema
  @amqp(orderPaid, { schema: Zod }) schema() {}
  // @ts-expect-error the contract says the exchange
  @amqp(orderPaid, { exchangeName: "other" }) exchange() {}
  // @ts-expect-error the contract says the envelope
  @amqp(orderPaid, { messageEnvelope: JsonBase }) envelope() {}
  // @ts-expect-error without an envelope the message is text
  @amqp(text) message(_words: string, context: AmqpContext<JsonBaseMessage>) {
    return context;
  }
  // @ts-expect-error one of the two does not fit
  @amqp(orderPaid) @amqp(refunded) one(order: OrderPaid) {
    return order;
  }
  // @ts-expect-error an object that is not a contract
  @amqp({ kind: "event", routingKey: "a" }) noContract() {}
}

/** The service's envelope gives the type of the message, the contract that of the parameters. */
export class WithEnvelope extends Service {
  name = "with-envelope";
  override messageEnvelope = JsonBase;

  @amqp(orderPaid) paid(_order: OrderPaid, { message, params }: ContextOf<typeof orderPaid, typeof JsonBase>) {
    return message.metadata.topic + params.id;
  }
  @amqp(orderPaid) own(_order: OrderPaid, { message }: ContextOf<WithEnvelope>) {
    return message.metadata.topic;
  }
}

export default defineService({
  name: "defined",
  async startedService() {
    await amqpPublish(this, orderPaid, { id: "1", total: "5" }, { params: { id: "1" } });
  },
  handlers: {
    zod: on(amqp("a", { schema: Zod }), (order) => order.total.toFixed()),
    annotated: on(amqp("a", { schema: Valibot }), (order: { id: string }) => order),
    paid: on(amqp(orderPaid, { prefetch: 5 }), (order, { params, service }) =>
      amqpPublish(service, order.total.toFixed() + params.id, { routingKey: "x" }),
    ),
    ping: on(amqp(ping), (_data, { message }) => message.metadata.topic),
    withThis: on(amqp(orderPaid), function (order) {
      return [this.name, order.id];
    }),
    several: on([amqp(orderPaid), amqp(refunded)], (order, { params }) =>
      "reason" in order ? order.reason : order.total.toFixed() + params.id,
    ),
    beside: on([amqp(orderPaid), amqp("order.lost")], (order, { routingKey }) => [order, routingKey]),
    known: on(
      amqp(orderPaid),
      (order, context: ContextOf<typeof orderPaid, typeof JsonBase>) => order.id + context.message.metadata.topic,
    ),
    twice: on([amqp(orderPaid), amqp(orderPaid, { queueName: "second" })], (order, { params }) => order.id + params.id),

    // @ts-expect-error the schema gives another type
    wrong: on(amqp("a", { schema: Valibot }), (order: { id: number }) => order),
    // @ts-expect-error the contract's data has another type
    wrongData: on(amqp(orderPaid), (order: { total: string }) => order),
    // @ts-expect-error no such member
    noMember: on(amqp(orderPaid), (order) => order.nope),
    // @ts-expect-error no such parameter
    noParam: on(amqp(orderPaid), (_order, { params }) => params.nope),
    // @ts-expect-error a member that the schema does not give
    more: on(amqp("a", { schema: Valibot }), (order: { id: string; more: string }) => order),
    // @ts-expect-error what arrives is either of the two
    either: on([amqp(orderPaid), amqp(refunded)], (order: OrderPaid & { reason: string }) => order),
  },
});

export async function publishing(service: Service, any: ReturnType<typeof JSON.parse>): Promise<void> {
  await amqpPublish(service, orderPaid, { id: "1", total: "5" }, { params: { id: "1" } });
  await amqpPublish(service, orderPaid, input, { params: { id: "1" }, wait: false, headers: {}, priority: 1 });
  await amqpPublish(service, moved, { id: "1" }, { params: { from: "a", to: "b" } });
  await amqpPublish(service, ping, { id: "1" });
  await amqpPublish(service, ping, { id: "1" }, { mandatory: true });
  await amqpPublish(service, ping, { id: "1" }, undefined);
  await amqpPublish(service, unknownKey, { id: "1" }, { params: { any: "x" } });
  await amqpPublish(service, { any: 1 }, { routingKey: "x", schema: Valibot });
  await amqpPublish(service, any, { routingKey: "x" });

  await amqpPublish(service, secret, "text", { salt: "s" });

  // @ts-expect-error an option of the contract's envelope has its type
  await amqpPublish(service, secret, "text", { salt: 1 });
  // @ts-expect-error the output, not the input
  await amqpPublish(service, orderPaid, { id: "1", total: 5 }, { params: { id: "1" } });
  // @ts-expect-error no parameters
  await amqpPublish(service, orderPaid, { id: "1", total: "5" });
  // @ts-expect-error no parameters among the options
  await amqpPublish(service, orderPaid, { id: "1", total: "5" }, { wait: false });
  // @ts-expect-error a parameter is missing
  await amqpPublish(service, moved, { id: "1" }, { params: { from: "a" } });
  // @ts-expect-error no such parameter
  await amqpPublish(service, orderPaid, { id: "1", total: "5" }, { params: { order: "1" } });
  // @ts-expect-error one parameter too many
  await amqpPublish(service, orderPaid, { id: "1", total: "5" }, { params: { id: "1", more: "2" } });
  // @ts-expect-error a parameter is a string
  await amqpPublish(service, orderPaid, { id: "1", total: "5" }, { params: { id: 1 } });
  // @ts-expect-error this key has no parameters
  await amqpPublish(service, ping, { id: "1" }, { params: { id: "1" } });
  // @ts-expect-error a contract is not data
  await amqpPublish(service, ping, { routingKey: "x" });
  // @ts-expect-error no data
  await amqpPublish(service, ping);
  // @ts-expect-error a member that the schema does not know
  await amqpPublish(service, ping, { id: "1", more: 1 });
  // @ts-expect-error the contract says the key
  await amqpPublish(service, ping, { id: "1" }, { routingKey: "x" });
  // @ts-expect-error the contract says the envelope
  await amqpPublish(service, ping, { id: "1" }, { messageEnvelope: JsonBase });
  // @ts-expect-error a slip in an option
  await amqpPublish(service, ping, { id: "1" }, { prioity: 1 });
  // @ts-expect-error no schema
  await amqpPublish(service, { any: 1 }, { routingKey: "x", schema: {} });
}

// @ts-expect-error a contract has a schema
event("x", {});
// @ts-expect-error a contract has options
event("x");
// @ts-expect-error a slip in an option
event("x", { schema: Valibot, exchange: "other" });
// @ts-expect-error an object that is not an envelope
event("x", { schema: Valibot, envelope: {} });
// @ts-expect-error a key is a string
event(5, { schema: Valibot });
// @ts-expect-error a contract is frozen
ping.version = 3;
