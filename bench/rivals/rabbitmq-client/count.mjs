// A consumer of rabbitmq-client; the message is acknowledged when its callback's promise resolves.
import { Connection } from "rabbitmq-client";
import { finished, report, settings, tick } from "../../workloads/meter.mjs";

const connection = new Connection(process.env.TOMODACHI_AMQP_URL);
const consumer = connection.createConsumer(
  { queue: settings.queue, queueOptions: { passive: true }, qos: { prefetchCount: settings.prefetch } },
  async ({ body }) => tick(body.data.id),
);
consumer.on("error", (error) => {
  throw error;
});
await finished;
await consumer.close();
await connection.close();
report();
