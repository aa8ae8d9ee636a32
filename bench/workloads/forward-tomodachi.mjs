// A JsonBase handler that publishes what it gets and is acknowledged once that is confirmed.
import { amqp, amqpPublish, on } from "tomodachi";
import { finished, report, settings, tick } from "./meter.mjs";
import { startService } from "./service.mjs";

const { queue: queueName, routingKey, outKey, prefetch, queueType } = settings;
const forward = on(amqp(routingKey, { queueName, prefetch, queueType }), async function (data) {
  await amqpPublish(this, data, { routingKey: outKey });
  tick(data.id);
});
const run = await startService({ handlers: { forward } });
await finished;
await run.stop();
report();
