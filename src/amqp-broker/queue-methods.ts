/** queue.declare, purge and delete. */
import { replyCode } from "../amqp-wire/constants.ts";
import type { MethodFields } from "../amqp-wire/methods.ts";
import type { ChannelScope } from "./channel-scope.ts";
import { checkSameArguments, checkSameField } from "./equivalence.ts";
import { channelError, connectionError } from "./errors.ts";
import { checkOwner, locked, queueName, refuseReservedName, requireQueue } from "./lookup.ts";
import type { Queue } from "./queue.ts";
import { comparedBy, readQueueArguments, refuseTransient, withDefaultType } from "./queue-arguments.ts";
import { replyQueueName } from "./reply-consumers.ts";

export function queueDeclare(
  scope: ChannelScope,
  method: MethodFields<"queue.declare">,
): MethodFields<"queue.declare-ok"> {
  const { virtualHost } = scope;
  if (method.passive) return declarePassively(scope, method.queue);
  const name = method.queue === "" ? virtualHost.newQueueName() : method.queue;
  scope.check("configure", "queue", name);
  const existing = virtualHost.queues.get(name);
  const whole = { ...method, arguments: withDefaultType(method, virtualHost.defaultQueueType) };
  const queue = existing ? declareAgain(scope, existing, whole) : createQueue(scope, name, whole);
  scope.lastQueue = name;
  return countsOf(queue);
}

function declarePassively(scope: ChannelScope, name: string): MethodFields<"queue.declare-ok"> {
  if (name === replyQueueName) return { queue: name, messageCount: 0, consumerCount: 1 };
  if (scope.virtualHost.replies.has(name)) return { queue: name, messageCount: 0, consumerCount: 1 };
  scope.checkAny("queue", queueName(scope, name));
  const queue = requireQueue(scope, name);
  queue.redeclared();
  scope.lastQueue = queue.name;
  return countsOf(queue);
}

function createQueue(scope: ChannelScope, name: string, method: MethodFields<"queue.declare">): Queue {
  const { virtualHost, host } = scope;
  if (method.queue !== "") refuseReservedName("queue", name);
  const { durable, exclusive, autoDelete, arguments: table } = method;
  const properties = { name, virtualHost: virtualHost.name, durable, exclusive, autoDelete, arguments: table };
  if (virtualHost.profile.deniesOldFeatures) refuseTransient(properties);
  const read = readQueueArguments(properties, virtualHost.profile);
  if (read.deadLetterExchange !== undefined) {
    scope.check("read", "queue", name);
    scope.check("write", "exchange", read.deadLetterExchange);
  }
  return virtualHost.addQueue(properties, read, exclusive ? host : undefined);
}

function declareAgain(scope: ChannelScope, queue: Queue, method: MethodFields<"queue.declare">): Queue {
  const { name, properties } = queue;
  checkOwner(scope, queue);
  const subject = { kind: "queue", name, virtualHost: scope.virtualHost.name } as const;
  checkSameField(subject, "durable", method.durable, properties.durable);
  checkSameField(subject, "auto_delete", method.autoDelete, properties.autoDelete);
  if (method.exclusive !== properties.exclusive) throw locked(scope, name);
  const { profile } = scope.virtualHost;
  checkSameArguments(subject, comparedBy(profile), method.arguments, properties.arguments, profile.fillsInQueueType);
  readQueueArguments({ ...properties, arguments: method.arguments }, scope.virtualHost.profile);
  queue.redeclared();
  return queue;
}

function countsOf(queue: Queue): MethodFields<"queue.declare-ok"> {
  return { queue: queue.name, messageCount: queue.readyCount, consumerCount: queue.consumerCount };
}

export function queuePurge(scope: ChannelScope, method: MethodFields<"queue.purge">): MethodFields<"queue.purge-ok"> {
  const name = queueName(scope, method.queue);
  scope.check("read", "queue", name);
  return { messageCount: requireQueue(scope, name).purge() };
}

/** Deleting what is not there succeeds, as in RabbitMQ. */
export function queueDelete(
  scope: ChannelScope,
  method: MethodFields<"queue.delete">,
): MethodFields<"queue.delete-ok"> {
  const { virtualHost } = scope;
  const name = queueName(scope, method.queue);
  scope.check("configure", "queue", name);
  const queue = virtualHost.queues.get(name);
  if (!queue) return { messageCount: 0 };
  checkOwner(scope, queue);
  const subject = `queue '${name}' in vhost '${virtualHost.name}'`;
  // Quorum queues cannot answer in time, and RabbitMQ answers for the whole connection.
  if (queue.arguments.type === "quorum" && (method.ifEmpty || method.ifUnused)) {
    const flag = method.ifEmpty ? "if-empty" : "if-unused";
    throw connectionError(
      replyCode.notImplemented,
      `cannot delete ${subject}. queue.delete operations with ${flag} flag set are not supported by quorum queues`,
    );
  }
  if (method.ifUnused && queue.consumerCount > 0) throw channelError(replyCode.preconditionFailed, `${subject} in use`);
  if (method.ifEmpty && queue.readyCount > 0) throw channelError(replyCode.preconditionFailed, `${subject} not empty`);
  const messageCount = queue.readyCount;
  virtualHost.removeQueue(queue);
  return { messageCount };
}
