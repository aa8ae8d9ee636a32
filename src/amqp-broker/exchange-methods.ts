/** exchange.declare, delete, bind and unbind, and the bindings of queues: all that changes where messages go. */

import { ByteWriter } from "../amqp-wire/byte-writer.ts";
import { replyCode } from "../amqp-wire/constants.ts";
import { type FieldTable, writeTable } from "../amqp-wire/field-table.ts";
import type { MethodFields } from "../amqp-wire/methods.ts";
import type { ChannelScope } from "./channel-scope.ts";
import { checkSameArguments, checkSameField } from "./equivalence.ts";
import { channelError, connectionError } from "./errors.ts";
import { isExchangeType } from "./exchange.ts";
import type { BindingTarget } from "./exchanges/binding.ts";
import { queueName, refuseDefaultExchange, refuseReservedName, requireExchange, requireQueue } from "./lookup.ts";
import { typeName } from "./type-names.ts";

export function exchangeDeclare(scope: ChannelScope, method: MethodFields<"exchange.declare">): void {
  const { exchange: name, type, durable, autoDelete, internal, arguments: table } = method;
  const { virtualHost } = scope;
  if (method.passive) {
    refuseDefaultExchange(name);
    scope.checkAny("exchange", name);
    requireExchange(scope, name);
    return;
  }
  if (!isExchangeType(type)) throw unknownType(scope, type);
  refuseDefaultExchange(name);
  scope.check("configure", "exchange", name);
  const existing = virtualHost.exchanges.get(name);
  if (!existing) {
    refuseReservedName("exchange", name);
    checkAlternate(scope, name, table);
    virtualHost.addExchange({ name, type, durable, autoDelete, internal, arguments: table });
    return;
  }
  const subject = { kind: "exchange", name, virtualHost: virtualHost.name } as const;
  const { settings } = existing;
  checkSameField(subject, "type", type, settings.type);
  checkSameField(subject, "durable", durable, settings.durable);
  checkSameField(subject, "auto_delete", autoDelete, settings.autoDelete);
  checkSameField(subject, "internal", internal, settings.internal);
  checkSameArguments(subject, ["alternate-exchange"], table, settings.arguments);
}

function unknownType({ virtualHost }: ChannelScope, type: string): Error {
  const text = `unknown exchange type '${type}'`;
  return virtualHost.profile.unknownTypeCostsChannel
    ? channelError(replyCode.preconditionFailed, text)
    : connectionError(replyCode.commandInvalid, text);
}

function checkAlternate(scope: ChannelScope, name: string, table: FieldTable): void {
  const alternate = table.get("alternate-exchange");
  if (!alternate) return;
  if (alternate.type !== "S") {
    throw channelError(
      replyCode.preconditionFailed,
      `invalid type '${typeName(alternate)}' for arg 'alternate-exchange' in exchange '${name}' in vhost '${scope.virtualHost.name}'`,
    );
  }
  scope.check("read", "exchange", name);
  scope.check("write", "exchange", alternate.value.toString());
}

/** Deleting what is not there succeeds, as in RabbitMQ. */
export function exchangeDelete(
  scope: ChannelScope,
  { exchange: name, ifUnused }: MethodFields<"exchange.delete">,
): void {
  const { virtualHost } = scope;
  refuseDefaultExchange(name);
  if (name.startsWith("amq.")) {
    const text = `deletion of system exchange '${name}' in vhost '${virtualHost.name}' not allowed`;
    throw channelError(replyCode.accessRefused, text);
  }
  scope.check("configure", "exchange", name);
  const exchange = virtualHost.exchanges.get(name);
  if (!exchange) return;
  if (ifUnused && exchange.used) {
    throw channelError(replyCode.preconditionFailed, `exchange '${name}' in vhost '${virtualHost.name}' in use`);
  }
  virtualHost.removeExchange(exchange);
}

export function exchangeBind(scope: ChannelScope, method: MethodFields<"exchange.bind">): void {
  refuseDefaultExchange(method.source);
  refuseDefaultExchange(method.destination);
  scope.check("write", "exchange", method.destination);
  scope.check("read", "exchange", method.source);
  const source = requireExchange(scope, method.source);
  bind(scope, source.name, requireExchange(scope, method.destination), method);
}

export function exchangeUnbind(scope: ChannelScope, method: MethodFields<"exchange.unbind">): void {
  refuseDefaultExchange(method.source);
  refuseDefaultExchange(method.destination);
  scope.check("write", "exchange", method.destination);
  scope.check("read", "exchange", method.source);
  unbind(scope, method.source, scope.virtualHost.exchanges.get(method.destination), method);
}

export function queueBind(scope: ChannelScope, method: MethodFields<"queue.bind">): void {
  const name = queueName(scope, method.queue);
  refuseDefaultExchange(method.exchange);
  scope.check("write", "queue", name);
  scope.check("read", "exchange", method.exchange);
  const exchange = requireExchange(scope, method.exchange);
  bind(scope, exchange.name, requireQueue(scope, name), keyOf(name, method));
}

export function queueUnbind(scope: ChannelScope, method: MethodFields<"queue.unbind">): void {
  const name = queueName(scope, method.queue);
  refuseDefaultExchange(method.exchange);
  scope.check("write", "queue", name);
  scope.check("read", "exchange", method.exchange);
  unbind(scope, method.exchange, scope.virtualHost.queues.get(name), keyOf(name, method));
}

/** If no queue and no key is given, the queue's name is the key (AMQP 0-9-1, queue.bind). */
function keyOf(name: string, { queue, routingKey, arguments: table }: MethodFields<"queue.unbind">): Key {
  return { routingKey: queue === "" && routingKey === "" ? name : routingKey, arguments: table };
}

interface Key {
  readonly routingKey: string;
  readonly arguments: FieldTable;
}

function bind(scope: ChannelScope, source: string, target: BindingTarget, { routingKey, arguments: table }: Key): void {
  const identity = identityOf(target, routingKey, table);
  const exchange = requireExchange(scope, source);
  if (exchange.settings.type === "topic") checkPattern(routingKey, scope.virtualHost.profile.mostHashes);
  exchange.bind({ source, target, routingKey, arguments: table, identity });
}

/** RabbitMQ since 4.3.5: each further `#` may make a pattern much more expensive. */
function checkPattern(routingKey: string, mostHashes: number): void {
  const many = routingKey.split(".").filter((word) => word === "#").length;
  if (many <= mostHashes) return;
  const text = `Topic binding key '${routingKey}' uses ${many} '#' wildcards, at most ${mostHashes} are allowed`;
  throw channelError(replyCode.preconditionFailed, text);
}

/** Unbinding what is not bound succeeds, as in RabbitMQ. */
function unbind(scope: ChannelScope, source: string, target: BindingTarget | undefined, key: Key): void {
  const exchange = scope.virtualHost.exchanges.get(source);
  if (exchange && target) scope.virtualHost.unbind(exchange, identityOf(target, key.routingKey, key.arguments));
}

function identityOf({ kind, name }: BindingTarget, routingKey: string, table: FieldTable): string {
  return `${kind}\0${name}\0${routingKey}\0${table.size > 0 ? tableText(table) : ""}`;
}

/** Equal for tables with equal entries in any order. */
function tableText(table: FieldTable): string {
  const writer = new ByteWriter(64);
  writeTable(writer, new Map([...table].sort(([one], [other]) => (one < other ? -1 : 1))));
  return writer.cut().toString("latin1");
}
