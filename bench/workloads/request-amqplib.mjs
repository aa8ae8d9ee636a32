// Plain amqplib over direct reply-to: requests and replies in one process, in their own envelopes, with a timer for each request.
import { randomUUID } from "node:crypto";
import { connect } from "amqplib";
import { publishAll, report, settings } from "./meter.mjs";
import { dataOf, envelopeOf, propertiesOf } from "./payload.mjs";

const { queue, routingKey, prefetch, bytes } = settings;
const replyTo = "amq.rabbitmq.reply-to";
const answerTimeoutMs = 10_000;
const uuid = randomUUID();
const asking = await connect(process.env.TOMODACHI_AMQP_URL, { noDelay: true });
const answering = await connect(process.env.TOMODACHI_AMQP_URL, { noDelay: true });

const incoming = await answering.createChannel();
const outgoing = await asking.createConfirmChannel();
await incoming.prefetch(prefetch);
await incoming.consume(queue, (message) => {
  const { correlationId, replyTo: key } = message.properties;
  const { data } = JSON.parse(message.content.toString());
  const { messageUuid, envelope } = envelopeOf(uuid, routingKey, { id: data.id });
  const properties = { ...propertiesOf(messageUuid), mandatory: false, correlationId };
  outgoing.publish("", key, Buffer.from(JSON.stringify(envelope)), properties, (error) => {
    if (error) throw error;
    incoming.ack(message);
  });
});

const requests = await asking.createConfirmChannel();
const waiting = new Map();
await requests.consume(
  replyTo,
  (message) => waiting.get(message.properties.correlationId)?.(JSON.parse(message.content.toString()).data),
  { noAck: true },
);
await publishAll((id) => {
  const correlationId = randomUUID();
  const { messageUuid, envelope } = envelopeOf(uuid, routingKey, dataOf(id, bytes));
  const content = Buffer.from(JSON.stringify(envelope));
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`No reply to ${id}.`)), answerTimeoutMs);
    waiting.set(correlationId, (reply) => {
      clearTimeout(timer);
      waiting.delete(correlationId);
      if (reply.id === id) resolve();
      else reject(new Error(`The reply to ${id} is ${JSON.stringify(reply)}.`));
    });
    const properties = { ...propertiesOf(messageUuid), correlationId, replyTo, expiration: answerTimeoutMs };
    requests.publish("amq.topic", routingKey, content, properties, (error) => error && reject(error));
  });
});
for (const channel of [incoming, requests, outgoing]) await channel.close();
await Promise.all([asking.close(), answering.close()]);
report();
