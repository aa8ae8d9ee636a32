// Plain amqplib: how long a message takes from its publisher to the handler.
import { connect } from "amqplib";
import { delivered, finished, report, settings, tick } from "./meter.mjs";

const connection = await connect(process.env.TOMODACHI_AMQP_URL, { noDelay: true });
const channel = await connection.createChannel();
await channel.prefetch(settings.prefetch);
await channel.consume(settings.queue, (message) => {
  const { id, sentAt } = JSON.parse(message.content.toString()).data;
  delivered(sentAt);
  tick(id);
  channel.ack(message);
});
process.stdout.write("ready\n");
await finished;
await channel.close();
await connection.close();
report();
