/** What amqpPublish takes. */
import { amqpPublish, JsonBase, type Service } from "tomodachi";

const Signing = {
  buildMessage: (_service: Service, _topic: string, data: unknown, _options: { key?: string }) => String(data),
  parseMessage: (payload: Buffer) => ({ message: String(payload) }),
};

export async function publish(service: Service, key: string, data: unknown): Promise<void> {
  await amqpPublish(service, "text", { routingKey: key });
  await amqpPublish(service, data, { routingKey: key, wait: false, headers: { a: 1 }, mandatory: true, priority: 1 });
  await amqpPublish(service, null, { routingKey: key, messageEnvelope: JsonBase, expiration: "1s" });
  await amqpPublish(service, Buffer.from("x"), { routingKey: key, messageEnvelope: null, routingKeyPrefix: null });
  await amqpPublish(service, data, { routingKey: key, messageEnvelope: Signing, key: "k" });

  // @ts-expect-error no options
  await amqpPublish(service, data);
  // @ts-expect-error no routing key
  await amqpPublish(service, data, {});
  // @ts-expect-error a slip in an option
  await amqpPublish(service, data, { routingKey: key, prioity: 1 });
  // @ts-expect-error a slip in an option of the envelope
  await amqpPublish(service, data, { routingKey: key, messageEnvelope: Signing, kay: "k" });
  // @ts-expect-error an option that only another envelope takes
  await amqpPublish(service, data, { routingKey: key, messageEnvelope: JsonBase, key: "k" });
  // @ts-expect-error an option of the wrong type
  await amqpPublish(service, data, { routingKey: key, expiration: "1000" });
  // @ts-expect-error an object that is not an envelope
  await amqpPublish(service, data, { routingKey: key, messageEnvelope: {} });
  // @ts-expect-error no service
  await amqpPublish({}, data, { routingKey: key });
}
