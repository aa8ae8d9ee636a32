/** Names of queues: readable ones, those of Python, and names that are derived from them. */
import { createHash } from "node:crypto";
import { AmqpError } from "../../../amqp-client/errors.ts";
import { encodeRoutingKey } from "./routing-key.ts";

/** AMQP allows 255 bytes. The rest is for suffixes such as `.dlq`. */
export const MAX_QUEUE_NAME_BYTES = 230;

const HASH_DIGITS = 16;

/** The parts of a readable name. */
export interface QueueNameOwner {
  readonly prefix?: string | undefined;
  readonly service: string;
  readonly method: string;
  /** The routing key pattern in the decorator: without prefix, not encoded. */
  readonly pattern: string;
}

/** `<prefix><service>.<method>:<pattern>`: the same at every start, and for every instance of a service. */
export function readableQueueName({ prefix = "", service, method, pattern }: QueueNameOwner): string {
  return shortened(`${prefix}${service}.${method}:${pattern}`);
}

/** A configured name with the prefix before it. It is never shortened: a name that is too long is refused. */
export function givenQueueName(name: string, prefix = ""): string {
  const whole = prefix + name;
  const bytes = Buffer.byteLength(whole);
  if (bytes <= MAX_QUEUE_NAME_BYTES) return whole;
  throw new AmqpError(
    "ERR_AMQP_QUEUE_NAME_TOO_LONG",
    `The queue name ${JSON.stringify(whole)} has ${bytes} bytes, but at most ${MAX_QUEUE_NAME_BYTES} are allowed, so that suffixes ` +
      `such as ".dlq" fit. Shorten it${prefix ? " or the prefix" : ""}.`,
  );
}

/** The name of a queue that only one instance has. */
export function perInstanceQueueName(name: string, instance: string): string {
  return shortened(`${name}.${instance}`);
}

/** The name of a queue without the part that belongs to one instance, so that it is the same for all instances. */
export function queueTemplateOf(
  { queueName, perInstance }: { readonly queueName: string; readonly perInstance: boolean },
  service: { readonly name: string; readonly uuid: string },
  handler: string,
): string {
  if (!perInstance) return queueName;
  const suffix = `.${service.uuid}`;
  // A shortened name, or a name of Python, contains the instance only as part of a hash.
  return queueName.endsWith(suffix) ? queueName.slice(0, -suffix.length) : `${service.name}.${handler}`;
}

/** The name of the queue for messages of this queue that could not be handled. */
export function deadLetterQueueName(queue: string): string {
  return `${queue}.dlq`;
}

/** The name of the exclusive queue that is the lease of a leased queue. The connection that declared it holds the lease. */
export function leaseQueueName(queue: string): string {
  return `${queue}.lease`;
}

/** The name of the queue with the latest note of the lease holder. */
export function noteQueueName(queue: string): string {
  return `${queue}.last`;
}

/**
 * The name of the dead-letter queue for the option `deadLetterQueue`; several subscriptions may share it. It always ends in `.dlq`, because
 * `tomodachi dlq` and permissions recognise dead-letter queues by this.
 * @throws AmqpError ERR_AMQP_QUEUE_NAME_TOO_LONG
 */
export function givenDeadLetterQueueName(
  given: string,
  { service, prefix }: { readonly service: string; readonly prefix: string },
): string {
  if (given === "service") return deadLetterQueueName(retryBaseName(service, prefix));
  return deadLetterQueueName(givenQueueName(given.replace(/\.dlq$/, ""), prefix));
}

/** The prefix of a service's retry queues and exchanges. */
export function retryBaseName(service: string, prefix = ""): string {
  return shortened(prefix + service);
}

/** The parts of a Python name. */
export interface PythonQueueOwner {
  readonly prefix?: string | undefined;
  /** Without the routing key prefix, which is not part of Python's hash. */
  readonly routingKey: string;
  readonly competing: boolean;
  /** The name of the handler function in Python. */
  readonly functionName: string;
  readonly uuid: string;
}

/** The name that Python tomodachi gives: a SHA-256 of the encoded key, and also of function and instance if instances do not compete. */
export function pythonQueueName({ prefix, routingKey, competing, functionName, uuid }: PythonQueueOwner): string {
  const key = encodeRoutingKey(routingKey);
  return givenQueueName(sha256(competing ? key : key + functionName + uuid), prefix);
}

/** Shortens a name at a character, and ends it with a hash of the whole name, so that two long names stay different. */
function shortened(name: string): string {
  const bytes = Buffer.from(name);
  if (bytes.length <= MAX_QUEUE_NAME_BYTES) return name;
  const suffix = `~${sha256(name).slice(0, HASH_DIGITS)}`;
  let end = MAX_QUEUE_NAME_BYTES - suffix.length;
  while (isContinuation(bytes[end])) end--;
  return bytes.toString("utf8", 0, end) + suffix;
}

/** Whether a byte is inside a UTF-8 character and does not begin one. */
function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0b1100_0000) === 0b1000_0000;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
