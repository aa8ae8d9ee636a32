/** The `x-` arguments of basic.consume: which consumer comes first, and how long it may hold a delivery. */
import { replyCode } from "../amqp-wire/constants.ts";
import { type FieldValue, fieldInteger } from "../amqp-wire/field-table.ts";
import type { MethodFields } from "../amqp-wire/methods.ts";
import type { ServerChannelHost } from "./channel-scope.ts";
import { channelError } from "./errors.ts";
import type { Queue } from "./queue.ts";
import { typeName } from "./type-names.ts";

/** @throws a channel error, PRECONDITION_FAILED */
export function priorityOf({ arguments: table }: MethodFields<"basic.consume">, { name, properties }: Queue): number {
  const value = table.get("x-priority");
  if (!value) return 0;
  const priority = fieldInteger(value);
  if (priority !== undefined) return Number(priority);
  throw channelError(
    replyCode.preconditionFailed,
    `invalid arg 'x-priority' for queue '${name}' in vhost '${properties.virtualHost}': "expected integer, got ${typeName(value)}"`,
  );
}

/**
 * How long a delivery may be held, in milliseconds; `Infinity` is forever. RabbitMQ 4.3: only quorum queues have a consumer
 * timeout. The consumer's value is used first, then the queue's, then the broker's. Before 4.3 the broker's value is used for every
 * queue.
 * @throws a channel error, PRECONDITION_FAILED
 */
export function consumerTimeoutOf(
  queue: Queue,
  { limits, virtualHost }: Pick<ServerChannelHost, "limits" | "virtualHost">,
  method?: MethodFields<"basic.consume">,
): number {
  const ofBroker = limits.consumerTimeoutSeconds * 1000 || Number.POSITIVE_INFINITY;
  if (virtualHost.profile.timeoutEnds === "channel") return ofBroker;
  const asked = method?.arguments.get("x-consumer-timeout");
  const own = asked && timeoutOf(asked, queue);
  if (queue.arguments.type === "classic") return Number.POSITIVE_INFINITY;
  return own ?? queue.arguments.consumerTimeoutMs ?? ofBroker;
}

function timeoutOf(asked: FieldValue, { name, properties, arguments: { type } }: Queue): number {
  const refused = (why: string): Error =>
    channelError(
      replyCode.preconditionFailed,
      `invalid arg 'x-consumer-timeout' for queue '${name}' in vhost '${properties.virtualHost}'${why}`,
    );
  if (type === "classic") throw refused(" of queue type rabbit_classic_queue");
  const timeout = fieldInteger(asked);
  if (timeout === undefined) throw refused(`: "expected integer, got ${typeName(asked)}"`);
  if (timeout < 0) throw refused(`: {value_negative,${timeout}}`);
  return Number(timeout);
}
