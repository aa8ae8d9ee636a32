import { amqp, amqpPublish, type ContextOf, type EventData, Service } from "tomodachi";
import { orderPaid, orderShipped } from "./events.ts";

/** Publishes that an order is paid, and handles the message that it was shipped. */
export class Orders extends Service {
  name = "contracts-orders";

  override async startedService() {
    const paid = { total: 12.5, paidAt: "2026-01-31T12:00:00Z" };
    await amqpPublish(this, orderPaid, paid, { params: { id: "1" }, mandatory: true });
  }

  @amqp(orderShipped)
  async onShipped({ parcels }: EventData<typeof orderShipped>, { params, logger }: ContextOf<typeof orderShipped>) {
    logger.info(`order ${params.id} went off with ${params.carrier}, in parcels: ${parcels}`);
  }
}
