// A JsonBase handler that counts.
import { amqp, on } from "tomodachi";
import { finished, report, settings, tick } from "./meter.mjs";
import { startService } from "./service.mjs";

const { queue: queueName, routingKey, prefetch, queueType } = settings;
const count = on(amqp(routingKey, { queueName, prefetch, queueType }), async ({ id }) => tick(id));
const run = await startService({ handlers: { count } });
await finished;
await run.stop();
report();
