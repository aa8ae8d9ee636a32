import { amqp, amqpPublish, type ContextOf, type EventData, Service } from "tomodachi";
import { orderPlaced, orderShipped } from "./events.ts";

export class Orders extends Service {
  name = "shop-orders";

  override async startedService() {
    await amqpPublish(this, orderPlaced, { total: 12.5 }, { params: { id: "1" } });
  }

  @amqp(orderShipped)
  async onShipped({ parcels }: EventData<typeof orderShipped>, { params, logger }: ContextOf<typeof orderShipped>) {
    logger.info(`order ${params.id} was shipped in ${parcels} parcels`);
  }
}
