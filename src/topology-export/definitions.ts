/** Topology as RabbitMQ's definitions: `rabbitmqctl import_definitions`, `load_definitions`, or POST /api/definitions. */

import type { LoginPurpose } from "./permissions.ts";
import { loginPermissions, type VirtualHostTopology } from "./virtual-host.ts";

/** https://www.rabbitmq.com/docs/definitions: an import does not change existing objects. */
export function topologyDefinitions(hosts: readonly VirtualHostTopology[]): Record<string, unknown> {
  const each = <T>(list: (host: VirtualHostTopology) => readonly T[]): readonly T[] => hosts.flatMap(list);
  return {
    vhosts: [...new Set(hosts.map(({ vhost }) => vhost))].map((name) => ({ name })),
    exchanges: each(({ vhost, topology }) =>
      topology.exchanges.map(({ name, type, arguments: args = {} }) => ({
        name,
        vhost,
        type,
        durable: true,
        auto_delete: false,
        internal: false,
        arguments: args,
      })),
    ),
    queues: each(({ vhost, topology }) =>
      topology.queues.map(({ name, arguments: args }) => ({
        name,
        vhost,
        durable: true,
        auto_delete: false,
        arguments: args,
      })),
    ),
    bindings: each(({ vhost, topology }) =>
      topology.bindings.map(({ exchange, queue, routingKey }) => ({
        source: exchange,
        vhost,
        destination: queue,
        destination_type: "queue",
        routing_key: routingKey,
        arguments: {},
      })),
    ),
  };
}

/** The user has to exist: an import of permissions does not create one. */
export function permissionDefinitions(
  hosts: readonly VirtualHostTopology[],
  purpose: LoginPurpose,
  user: string | undefined,
): Record<string, unknown> {
  return {
    permissions: hosts.map((host) => ({
      user: user ?? host.username,
      vhost: host.vhost,
      ...loginPermissions(host, purpose),
    })),
  };
}
