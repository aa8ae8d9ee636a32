/** What compiles with and without `strictNullChecks`: every form of decorator, contract and publish, with the right handler. */
import {
  type AmqpContext,
  amqp,
  amqpPublish,
  amqpRequest,
  type ContextOf,
  defineOptions,
  defineService,
  type EventData,
  event,
  Json,
  JsonBase,
  on,
  RawBytes,
  request,
  Service,
  type StandardSchema,
} from "tomodachi";
import { cloudEvents } from "tomodachi/cloudevents";
import { ProtobufBase, type ProtoClass } from "tomodachi/protobuf";

interface Order {
  readonly id: string;
}
declare const order: StandardSchema<Order>;
declare const protoClass: ProtoClass;
const paid = event("order.{id}.paid", { schema: order, envelope: JsonBase });
const bare = event("order.bare", { schema: order });
const priceGet = request("price.get", { schema: order, reply: order, envelope: Json });

export class Everything extends Service {
  name = "everything";
  override messageEnvelope = JsonBase;
  override options = defineOptions({ amqp: { prefetch: 5 }, terminationGracePeriodSeconds: 5 });

  @amqp("a") bare(data: string, { logger }: AmqpContext) {
    logger.info(data);
  }
  @amqp("a", { prefetch: 5, queueName: "q" }) async withOptions(data: Order, context: ContextOf<Everything>) {
    await amqpPublish(this, data, { routingKey: String(context.message.metadata.topic) });
  }
  @amqp("a", { schema: order, orderingKey: ({ id }) => id }) schema(data: Order) {
    return data.id;
  }
  @amqp("a", { batch: { size: 5 } }) batch(items: Order[], contexts: AmqpContext[]) {
    return items.map(({ id }) => (id === contexts[0]?.routingKey ? ("reject" as const) : undefined));
  }
  @amqp("a", { messageEnvelope: RawBytes }) bytes(data: Buffer) {
    return data.length;
  }
  @amqp("a", { messageEnvelope: null }) text(data: string) {
    return data.length;
  }
  @amqp("a", { messageEnvelope: Json, maxValues: 5 }) json(data: Order) {
    return data.id;
  }
  @amqp("a", { messageEnvelope: ProtobufBase, protoClass }) protobuf(data: Order) {
    return data.id;
  }
  @amqp("a", { messageEnvelope: cloudEvents({ source: "/a" }) }) event(data: Order) {
    return data.id;
  }
  @amqp(paid, { orderingKey: ({ id }) => id }) paid(data: EventData<typeof paid>, { params }: ContextOf<typeof paid>) {
    return data.id + params.id;
  }
  @amqp(bare) @amqp("a") two(data: Order) {
    return data.id;
  }
  @amqp(priceGet) price({ id }: Order) {
    return { id };
  }
  @amqp("a", { reply: true }) reply(data: Order) {
    return data;
  }
}

export default defineService({
  name: "defined",
  messageEnvelope: Json,
  handlers: {
    bare: on(amqp("a"), async (data: Order, { logger }) => logger.info(data.id)),
    bytes: on(amqp("a", { messageEnvelope: RawBytes }), (data) => data.byteLength),
    paid: on(amqp(paid), ({ id }, { params }) => id + params.id),
    batch: on(amqp("a", { batch: { size: 2 } }), async (items: Order[], [first]) =>
      first?.logger.info(String(items.length)),
    ),
    price: on(amqp(priceGet), ({ id }) => ({ id })),
  },
});

export async function publish(service: Service): Promise<string> {
  await amqpPublish(service, { id: "1" }, { routingKey: "a" });
  await amqpPublish(service, "text", { routingKey: "a", messageEnvelope: null });
  await amqpPublish(service, Buffer.from("x"), { routingKey: "a", messageEnvelope: RawBytes });
  await amqpPublish(service, { id: "1" }, { routingKey: "a", messageEnvelope: Json });
  await amqpPublish(service, paid, { id: "1" }, { params: { id: "1" } });
  await amqpPublish(service, bare, { id: "1" });
  const { id } = await amqpRequest(service, priceGet, { id: "1" });
  return id;
}
