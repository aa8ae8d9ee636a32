// A compiled service, as `tomodachi run` starts it; says when it is ready.
import { amqp, defineService, JsonBase, on } from "tomodachi";
import { saysReady } from "./ready.mjs";

const { queue: queueName, routingKey } = JSON.parse(process.env.BENCH_SETTINGS);

export default defineService({
  name: "bench",
  messageEnvelope: JsonBase,
  handlers: { take: on(amqp(routingKey, { queueName, queueType: "classic" }), async () => {}) },
  startedService: saysReady,
});
