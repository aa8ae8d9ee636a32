import { amqp, amqpPublish, type ContextOf, type EventData, type RequestData, Service } from "tomodachi";
import { orderPaid, orderShipped, shippingCost } from "./events.ts";

export class Shipping extends Service {
  name = "shop-shipping";

  @amqp(orderPaid)
  async ship({ total }: EventData<typeof orderPaid>, { params }: ContextOf<typeof orderPaid>) {
    const parcels = total > 10 ? 2 : 1;
    await amqpPublish(this, orderShipped, { parcels }, { params });
  }

  @amqp(shippingCost)
  async cost({ country }: RequestData<typeof shippingCost>) {
    return { cents: country === "SE" ? 490 : 1290 };
  }
}
