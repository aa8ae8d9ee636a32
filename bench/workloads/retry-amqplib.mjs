// Plain amqplib: what fails goes with a confirm into a queue whose messages come back after a second, then it is acknowledged.
import { connect } from "amqplib";
import { finished, report, settings, tick } from "./meter.mjs";
import { failsOnce } from "./payload.mjs";

const { queue, prefetch } = settings;
const connection = await connect(process.env.TOMODACHI_AMQP_URL, { noDelay: true });
const incoming = await connection.createChannel();
const outgoing = await connection.createConfirmChannel();
const waiting = `${queue}.wait`;
await outgoing.assertQueue(waiting, {
  durable: true,
  messageTtl: 1000,
  deadLetterExchange: "",
  deadLetterRoutingKey: queue,
});
const fails = failsOnce();
await incoming.prefetch(prefetch);
await incoming.consume(queue, (message) => {
  const { id } = JSON.parse(message.content.toString()).data;
  if (fails(id)) {
    const { headers, ...properties } = message.properties;
    const attempt = { ...headers, "x-attempt": 2 };
    outgoing.publish("", waiting, message.content, { ...properties, persistent: true, headers: attempt }, (error) => {
      if (error) throw error;
      incoming.ack(message);
    });
    return;
  }
  tick(id);
  incoming.ack(message);
});
await finished;
await outgoing.deleteQueue(waiting);
await incoming.close();
await outgoing.close();
await connection.close();
report();
