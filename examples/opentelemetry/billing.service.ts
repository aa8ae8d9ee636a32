import { amqp, type ContextOf, defineOptions, type EventData, JsonBase, Service } from "tomodachi";
import { orderPlaced } from "./contract.ts";

/** Sends an invoice. The first attempt fails. */
export class Billing extends Service {
  name = "opentelemetry-billing";
  override messageEnvelope = JsonBase;
  override options = defineOptions({ amqp: { retry: { delays: ["1s"], jitter: 0 } } });

  @amqp(orderPlaced, { queueName: "opentelemetry-billing" })
  async onPlaced({ total }: EventData<typeof orderPlaced>, context: ContextOf<typeof orderPlaced>) {
    if (context.attempt === 1) throw new Error("the printer is out of paper");
    context.logger.info(`invoice of order ${context.params.id} over ${total}`);
  }
}
