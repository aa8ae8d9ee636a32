/** Topology and permissions for people. */

import type { LoginPurpose } from "./permissions.ts";
import { loginPermissions, type VirtualHostTopology } from "./virtual-host.ts";

/** One line each; `*` and `#` in routing keys mean words, as in RabbitMQ. */
export function topologyTable({ address, services, topology }: VirtualHostTopology): readonly string[] {
  const { exchanges, queues, bindings } = topology;
  const given = (args: Readonly<Record<string, unknown>> = {}): string =>
    Object.entries(args)
      .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
      .join(", ");
  return [
    `${services.map(({ service }) => service).join(", ")} on ${address}`,
    "",
    ...table(
      ["EXCHANGE", "TYPE", "ARGUMENTS"],
      exchanges.map((exchange) => [exchange.name, exchange.type, given(exchange.arguments)]),
    ),
    ...table(
      ["QUEUE", "ARGUMENTS"],
      queues.map((queue) => [queue.name, given(queue.arguments)]),
    ),
    ...table(
      ["EXCHANGE", "ROUTING KEY", "QUEUE"],
      bindings.map(({ exchange, routingKey, queue }) => [exchange, routingKey, queue]),
    ),
    "All exchanges and queues are durable.",
    ...services.flatMap(({ notes }) => notes),
  ];
}

export function permissionsTable(host: VirtualHostTopology, purpose: LoginPurpose): readonly string[] {
  const { configure, write, read } = loginPermissions(host, purpose);
  return [
    `${host.services.map(({ service }) => service).join(", ")} on ${host.address}: permissions of a login that ${meaning[purpose]}`,
    "",
    ...columns(
      ["PERMISSION", "EXPRESSION"],
      [
        ["configure", configure],
        ["write", write],
        ["read", read],
      ],
    ),
  ];
}

const meaning: Readonly<Record<LoginPurpose, string>> = {
  declare: "declares everything and runs the services (declare: true)",
  verify: 'checks that everything exists, and runs the services (declare: "verify")',
  run: "runs the services and declares nothing (declare: false)",
  dlq: "works on dead letters (tomodachi dlq)",
};

/** No table where nothing is to declare: the exchange amq.topic, for example, is in every virtual host. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  return rows.length === 0 ? [] : [...columns(head, rows), ""];
}

function columns(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const all = [head, ...rows];
  const widths = head.map((_name, column) => Math.max(...all.map((row) => [...(row[column] ?? "")].length)));
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
