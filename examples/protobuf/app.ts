import { create } from "@bufbuild/protobuf";
import { amqp, amqpPublish, type ContextOf, Service } from "tomodachi";
import { ProtobufBase } from "tomodachi/protobuf";
import { type OrderPaid, OrderPaidSchema } from "./generated/order_pb.ts";

export class Shop extends Service {
  name = "protobuf-shop";
  override messageEnvelope = ProtobufBase;

  override async startedService() {
    const order = create(OrderPaidSchema, { id: "1", amount: 1990n, items: [{ name: "tea", count: 2 }] });
    await amqpPublish(this, order, { routingKey: "order.paid", protoClass: OrderPaidSchema });
  }

  @amqp("order.paid", { protoClass: OrderPaidSchema, validator: hasItems })
  async onPaid({ id, amount, items }: OrderPaid, { metadata, logger }: ContextOf<Shop>) {
    const list = items.map(({ count, name }) => `${count} x ${name}`).join(", ");
    logger.info(`order ${id}, ${amount} cents: ${list} (${metadata.data_encoding})`);
  }
}

/** If a validator throws, the message is dead-lettered before the handler sees it. */
function hasItems(order: OrderPaid): void {
  if (order.items.length === 0) throw new Error(`the order ${order.id} is empty`);
}
