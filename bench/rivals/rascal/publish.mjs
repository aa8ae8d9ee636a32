// A rascal publication with confirms; its publish resolves before the confirm, which comes as the event "success".
import { randomUUID } from "node:crypto";
import rascal from "rascal";
import { publishAll, report, settings } from "../../workloads/meter.mjs";
import { dataOf, envelopeOf, propertiesOf } from "../../workloads/payload.mjs";
import { configOf } from "./config.mjs";

const { routingKey, bytes } = settings;
const uuid = randomUUID();
const broker = await rascal.BrokerAsPromised.create(
  configOf({
    exchanges: [{ name: "amq.topic", assert: false, check: false }],
    publications: { out: { exchange: "amq.topic", routingKey, confirm: true } },
  }),
);
await publishAll(async (id) => {
  const { messageUuid, envelope } = envelopeOf(uuid, routingKey, dataOf(id, bytes));
  const publication = await broker.publish("out", envelope, { options: propertiesOf(messageUuid) });
  await new Promise((resolve, reject) =>
    publication.once("success", resolve).once("error", reject).once("return", reject),
  );
});
await broker.shutdown();
report();
