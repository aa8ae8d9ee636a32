import { amqp, amqpPublish, type ContextOf, type EventData, Service } from "tomodachi";
import { orderPlaced, orderShipped } from "./events.ts";

export class Shipping extends Service {
  name = "shop-shipping";

  @amqp(orderPlaced)
  async ship({ total }: EventData<typeof orderPlaced>, { params }: ContextOf<typeof orderPlaced>) {
    const parcels = total > 10 ? 2 : 1;
    await amqpPublish(this, orderShipped, { parcels }, { params });
  }
}
