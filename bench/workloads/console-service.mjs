// A JsonBase handler that counts, run by the command line, so that it may have the console.
import { amqp, defineOptions, defineService, exit, JsonBase, on } from "tomodachi";
import { finished, report, settings, tick } from "./meter.mjs";

const { queue: queueName, routingKey, prefetch, queueType } = settings;
const count = on(amqp(routingKey, { queueName, prefetch, queueType }), async ({ id }) => tick(id));

export const service = defineService({
  name: "bench",
  messageEnvelope: JsonBase,
  options: defineOptions({ amqp: { globalPrefetchCount: Math.max(400, prefetch) } }),
  handlers: { count },
  startedService: () => void finished.then(() => exit(0)),
  stopService: report,
});
