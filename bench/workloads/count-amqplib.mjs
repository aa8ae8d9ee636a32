// Plain amqplib: consume, JSON.parse, ack each.
import { connect } from "amqplib";
import { finished, report, settings, tick } from "./meter.mjs";

const connection = await connect(process.env.TOMODACHI_AMQP_URL, { noDelay: true });
const channel = await connection.createChannel();
await channel.prefetch(settings.prefetch);
await channel.consume(settings.queue, (message) => {
  tick(JSON.parse(message.content.toString()).data.id);
  channel.ack(message);
});
await finished;
await channel.close();
await connection.close();
report();
