import { amqp, amqpPublish, defineService, on } from "tomodachi";
import { orderPaid, orderShipped } from "./events.ts";

/** A service without decorators. The contract gives data and parameters their types. */
export default defineService({
  name: "contracts-shipping",
  handlers: {
    ship: on(amqp(orderPaid), async ({ total, paidAt }, { params, service, logger }) => {
      logger.info(`order ${params.id} over ${total} was paid in ${paidAt.getUTCFullYear()}`);
      await amqpPublish(service, orderShipped, { parcels: 2 }, { params: { id: params.id, carrier: "post" } });
    }),
  },
});
