// Plain amqplib: consume, JSON.parse, publish in its own envelope, ack when that is confirmed.
import { randomUUID } from "node:crypto";
import { connect } from "amqplib";
import { finished, report, settings, tick } from "./meter.mjs";
import { envelopeOf, propertiesOf } from "./payload.mjs";

const { queue, outKey, prefetch } = settings;
const uuid = randomUUID();
const connection = await connect(process.env.TOMODACHI_AMQP_URL, { noDelay: true });
const incoming = await connection.createChannel();
const outgoing = await connection.createConfirmChannel();
outgoing.on("return", () => {
  throw new Error("A message reached no queue.");
});

await incoming.prefetch(prefetch);
await incoming.consume(queue, (message) => {
  const { data } = JSON.parse(message.content.toString());
  const { messageUuid, envelope } = envelopeOf(uuid, outKey, data);
  const content = Buffer.from(JSON.stringify(envelope));
  outgoing.publish("amq.topic", outKey, content, propertiesOf(messageUuid), (error) => {
    if (error) throw error;
    tick(data.id);
    incoming.ack(message);
  });
});
await finished;
await incoming.close();
await outgoing.close();
await connection.close();
report();
