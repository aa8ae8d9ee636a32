// amqpPublish with JsonBase.
import { amqpPublish } from "tomodachi";
import { publishAll, report, settings } from "./meter.mjs";
import { dataOf } from "./payload.mjs";
import { startService } from "./service.mjs";

const { routingKey, bytes } = settings;
let service;
const run = await startService({
  startedService() {
    service = this;
  },
});
await publishAll((id) => amqpPublish(service, dataOf(id, bytes), { routingKey }));
await run.stop();
report();
