import { amqp, amqpPublish, type ContextOf, defineOptions, type EventData, Reject, Service } from "tomodachi";
import { charge } from "./bank.ts";
import { orderPaid, orderPlaced } from "./events.ts";

export class Billing extends Service {
  name = "shop-billing";
  override options = defineOptions({ amqp: { retry: { delays: ["1s", "30s", "10m"] } } });

  @amqp(orderPlaced)
  async bill({ total }: EventData<typeof orderPlaced>, { params, attempt, logger }: ContextOf<typeof orderPlaced>) {
    try {
      await charge(params.id, total, attempt);
    } catch (error) {
      // Another attempt would get the same answer.
      if (error instanceof RangeError) throw new Reject(error.message, { cause: error });
      throw error;
    }
    logger.info(`order ${params.id} was paid at attempt ${attempt}`);
    await amqpPublish(this, orderPaid, { total }, { params });
  }
}
