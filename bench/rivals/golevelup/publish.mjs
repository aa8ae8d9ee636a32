// AmqpConnection.publish, which resolves at the confirm; the envelope of the benchmark is written by hand.
import { randomUUID } from "node:crypto";
import { AmqpConnection } from "@golevelup/nestjs-rabbitmq";
import { publishAll, report, settings } from "../../workloads/meter.mjs";
import { dataOf, envelopeOf, propertiesOf } from "../../workloads/payload.mjs";
import { startApplication } from "./application.mjs";

const { routingKey, bytes } = settings;
const uuid = randomUUID();
const application = await startApplication([], 100);
const connection = application.get(AmqpConnection);
await publishAll((id) => {
  const { messageUuid, envelope } = envelopeOf(uuid, routingKey, dataOf(id, bytes));
  return connection.publish("amq.topic", routingKey, envelope, propertiesOf(messageUuid));
});
await application.close();
report();
