// Bindings of an exchange of the embedded broker, and whom a message reaches by them.
import type { BindingTable, BindingTarget, ExchangeBinding } from "../../src/amqp-broker/exchanges/binding.ts";
import { emptyTable, type FieldTable } from "../../src/amqp-wire/field-table.ts";

export function binding(target: string, routingKey: string, table: FieldTable = emptyTable): ExchangeBinding {
  const queue: BindingTarget = { kind: "queue", name: target, incoming: new Set() };
  return { source: "exchange", target: queue, routingKey, arguments: table, identity: `${target} ${routingKey}` };
}

/** The names of the targets, in alphabetical order, as often as the table lists them. */
export function reachedBy(table: BindingTable, routingKey: string, headers?: FieldTable): readonly string[] {
  const names: string[] = [];
  table.route(routingKey, { headers }, ({ name }) => names.push(name));
  return names.sort();
}
