// Plain amqplib: many consumers, each with a queue and its own channel, and the prefetch that the framework would give it.
import { connect } from "amqplib";
import { finished, report, settings, tick } from "./meter.mjs";

const { queues, prefetch } = settings;
const queueArguments = { "x-queue-type": "classic", "x-overflow": "reject-publish" };
const connection = await connect(process.env.TOMODACHI_AMQP_URL, { noDelay: true });
await Promise.all(
  queues.map(async ({ name, routingKey }) => {
    const channel = await connection.createChannel();
    await channel.assertQueue(name, {
      durable: true,
      arguments: {
        ...queueArguments,
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": "bench.dlq",
      },
    });
    await channel.bindQueue(name, "amq.topic", routingKey);
    await channel.prefetch(Math.max(1, Math.floor(Math.min(prefetch, 400 / queues.length))));
    await channel.consume(name, (message) => {
      tick(JSON.parse(message.content.toString()).data.id);
      channel.ack(message);
    });
  }),
);
process.stdout.write("ready\n");
await finished;
await connection.close();
report();
