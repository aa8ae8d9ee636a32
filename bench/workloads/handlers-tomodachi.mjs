// Many handlers, each with its own queue; one dead-letter queue for all of them.
import { amqp, on } from "tomodachi";
import { finished, report, settings, tick } from "./meter.mjs";
import { startService } from "./service.mjs";

const { queues, prefetch, onlyDeclare } = settings;
const handlers = Object.fromEntries(
  queues.map(({ name, routingKey }, at) => [
    `count${at}`,
    on(
      amqp(routingKey, { queueName: name, prefetch, queueType: "classic", deadLetterQueue: "service" }),
      async ({ id }) => tick(id),
    ),
  ]),
);
const run = await startService({
  handlers,
  startedService: () => void process.stdout.write("ready\n"),
});
if (!onlyDeclare) await finished;
await run.stop();
if (!onlyDeclare) report();
