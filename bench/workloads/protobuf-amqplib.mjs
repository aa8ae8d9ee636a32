// Plain amqplib and protobufjs: the wrapper is decoded, then the data, and each message acknowledged.
import { connect } from "amqplib";
import { finished, report, settings, tick } from "./meter.mjs";
import { Order, Wrapper } from "./protobuf.mjs";

const connection = await connect(process.env.TOMODACHI_AMQP_URL, { noDelay: true });
const channel = await connection.createChannel();
await channel.prefetch(settings.prefetch);
await channel.consume(settings.queue, (message) => {
  const { data } = Wrapper.decode(Buffer.from(message.content.toString(), "base64"));
  tick(Order.decode(data).id);
  channel.ack(message);
});
await finished;
await channel.close();
await connection.close();
report();
