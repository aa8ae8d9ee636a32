// A JsonBase handler: how long a message takes from its publisher to the handler.
import { amqp, on } from "tomodachi";
import { delivered, finished, report, settings, tick } from "./meter.mjs";
import { startService } from "./service.mjs";

const { queue: queueName, routingKey, prefetch, queueType } = settings;
const take = on(amqp(routingKey, { queueName, prefetch, queueType }), async ({ id, sentAt }) => {
  delivered(sentAt);
  tick(id);
});
const run = await startService({ handlers: { take } });
process.stdout.write("ready\n");
await finished;
await run.stop();
report();
