// Plain amqplib: a confirm channel and the envelope written with JSON.stringify.
import { randomUUID } from "node:crypto";
import { connect } from "amqplib";
import { publishAll, report, settings } from "./meter.mjs";
import { dataOf, envelopeOf, propertiesOf } from "./payload.mjs";

const { routingKey, bytes } = settings;
const uuid = randomUUID();
const connection = await connect(process.env.TOMODACHI_AMQP_URL, { noDelay: true });
const channel = await connection.createConfirmChannel();
channel.on("return", () => {
  throw new Error("A message reached no queue.");
});

await publishAll((id) => {
  const { messageUuid, envelope } = envelopeOf(uuid, routingKey, dataOf(id, bytes));
  const content = Buffer.from(JSON.stringify(envelope));
  return new Promise((resolve, reject) => {
    const confirmed = (error) => (error ? reject(error) : resolve());
    channel.publish("amq.topic", routingKey, content, propertiesOf(messageUuid), confirmed);
  });
});
await channel.close();
await connection.close();
report();
