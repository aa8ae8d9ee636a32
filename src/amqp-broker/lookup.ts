/** Finds what a method names, or says in RabbitMQ's words why not. */
import { replyCode } from "../amqp-wire/constants.ts";
import type { ChannelScope } from "./channel-scope.ts";
import { channelError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import type { Queue } from "./queue.ts";

/** @throws a channel error, NOT_FOUND */
export function requireExchange({ virtualHost }: ChannelScope, name: string): Exchange {
  const exchange = virtualHost.exchanges.get(name);
  if (exchange) return exchange;
  throw channelError(replyCode.notFound, `no exchange '${name}' in vhost '${virtualHost.name}'`);
}

/** The queue's name; the empty one is the last that was declared on the channel. */
export function queueName({ lastQueue }: ChannelScope, name: string): string {
  if (name !== "") return name;
  if (lastQueue !== undefined) return lastQueue;
  throw channelError(replyCode.notFound, "no previously declared queue");
}

/** @throws a channel error: NOT_FOUND, or RESOURCE_LOCKED when it belongs to another connection */
export function requireQueue(scope: ChannelScope, name: string): Queue {
  const { virtualHost } = scope;
  const wanted = queueName(scope, name);
  const queue = virtualHost.queues.get(wanted);
  if (!queue) throw channelError(replyCode.notFound, `no queue '${wanted}' in vhost '${virtualHost.name}'`);
  checkOwner(scope, queue);
  return queue;
}

/** @throws a channel error, RESOURCE_LOCKED */
export function checkOwner(scope: ChannelScope, { owner, name }: Queue): void {
  if (owner !== undefined && owner !== scope.host) throw locked(scope, name);
}

export function locked({ virtualHost }: ChannelScope, name: string): Error {
  return channelError(
    replyCode.resourceLocked,
    `cannot obtain exclusive access to locked queue '${name}' in vhost '${virtualHost.name}'. It could be originally declared on another connection or the exclusive property value does not match that of the original declaration.`,
  );
}

/** @throws a channel error, ACCESS_REFUSED */
export function refuseDefaultExchange(name: string): void {
  if (name === "") throw channelError(replyCode.accessRefused, "operation not permitted on the default exchange");
}

/** @throws a channel error, ACCESS_REFUSED */
export function refuseReservedName(kind: "exchange" | "queue", name: string): void {
  if (!name.startsWith("amq.")) return;
  throw channelError(replyCode.accessRefused, `${kind} name '${name}' contains reserved prefix 'amq.*'`);
}
