import { amqp, amqpPublish, defineService, on } from "tomodachi";
import { orderPaid, orderShipped } from "./events.ts";

/** Without decorators: data and parameters have their types from the contract. */
export default defineService({
  name: "contracts-shipping",
  handlers: {
    ship: on(amqp(orderPaid), async ({ total, paidAt }, { params, service, logger }) => {
      logger.info(`order ${params.id} over ${total} was paid in ${paidAt.getUTCFullYear()}`);
      await amqpPublish(service, orderShipped, { parcels: 2 }, { params: { id: params.id, carrier: "post" } });
    }),
  },
});
