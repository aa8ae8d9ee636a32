// A JsonBase handler that throws for one message in a hundred, once; the policy brings it back after a second.
import { amqp, on } from "tomodachi";
import { finished, report, settings, tick } from "./meter.mjs";
import { failsOnce } from "./payload.mjs";
import { startService } from "./service.mjs";

const { queue: queueName, routingKey, prefetch, queueType } = settings;
const fails = failsOnce();
const options = { queueName, prefetch, queueType, retry: { delays: ["1s"] } };
const handle = on(amqp(routingKey, options), async ({ id }) => {
  if (fails(id)) throw new Error("not yet");
  tick(id);
});
const run = await startService({ handlers: { handle } });
await finished;
await run.stop();
report();
