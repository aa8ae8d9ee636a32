// A publisher of rabbitmq-client with confirms; it writes an object as JSON.
import { randomUUID } from "node:crypto";
import { Connection } from "rabbitmq-client";
import { publishAll, report, settings } from "../../workloads/meter.mjs";
import { dataOf, envelopeOf, propertiesOf } from "../../workloads/payload.mjs";

const { routingKey, bytes } = settings;
const uuid = randomUUID();
const connection = new Connection(process.env.TOMODACHI_AMQP_URL);
const publisher = connection.createPublisher({ confirm: true });
publisher.on("basic.return", () => {
  throw new Error("A message reached no queue.");
});
await publishAll((id) => {
  const { messageUuid, envelope } = envelopeOf(uuid, routingKey, dataOf(id, bytes));
  const { persistent, ...properties } = propertiesOf(messageUuid);
  return publisher.send({ exchange: "amq.topic", routingKey, durable: persistent, ...properties }, envelope);
});
await publisher.close();
await connection.close();
report();
