// amqpRequest and the handler that answers it, in one process.
import { amqp, amqpRequest, on } from "tomodachi";
import { publishAll, report, settings } from "./meter.mjs";
import { dataOf } from "./payload.mjs";
import { startService } from "./service.mjs";

const { queue: queueName, routingKey, prefetch, queueType, bytes } = settings;
let service;
const run = await startService({
  handlers: {
    answer: on(amqp(routingKey, { queueName, prefetch, queueType, reply: true }), async ({ id }) => ({
      id,
    })),
  },
  startedService() {
    service = this;
  },
});
await publishAll(async (id) => {
  const reply = await amqpRequest(service, routingKey, dataOf(id, bytes));
  if (reply.id !== id) throw new Error(`The reply to ${id} is ${JSON.stringify(reply)}.`);
});
await run.stop();
report();
