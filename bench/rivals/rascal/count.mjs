// A rascal subscription; it parses JSON by the content type, and the handler acknowledges.
import rascal from "rascal";
import { finished, report, settings, tick } from "../../workloads/meter.mjs";
import { configOf } from "./config.mjs";

const { queue, prefetch } = settings;
const broker = await rascal.BrokerAsPromised.create(
  configOf({
    queues: [{ name: queue, assert: false, check: false }],
    subscriptions: { count: { queue, prefetch } },
  }),
);
broker.on("error", (error) => {
  throw error;
});
const subscription = await broker.subscribe("count");
subscription.on("message", (_message, { data }, ackOrNack) => {
  tick(data.id);
  ackOrNack();
});
await finished;
await broker.shutdown();
report();
