/** What services need in one virtual host: those that share it are listed together. */
import { describeEndpoint, endpointText } from "../amqp-client/options.ts";
import type { TopologyPart } from "../transports/amqp/topology/retry-parts.ts";
import { merged } from "../transports/amqp/topology/service-topology.ts";
import type { ExportedTopology } from "./exported-topology.ts";
import { type LoginPermissions, type LoginPurpose, permissionsOf } from "./permissions.ts";

export interface VirtualHostTopology {
  readonly vhost: string;
  /** The nodes of its broker, for every login. */
  readonly broker: string;
  /** Where it is, with the login, and without a password. */
  readonly address: string;
  readonly username: string;
  readonly services: readonly ExportedTopology[];
  readonly topology: TopologyPart;
}

/** By broker, virtual host and login, in the order of the services. */
export function virtualHostsOf(exported: readonly ExportedTopology[]): readonly VirtualHostTopology[] {
  const groups = new Map<string, ExportedTopology[]>();
  for (const one of exported) {
    const address = describeEndpoint(one.connection);
    groups.set(address, [...(groups.get(address) ?? []), one]);
  }
  return [...groups].map(([address, services]) => {
    const { vhost, username, endpoints } = (services[0] as ExportedTopology).connection;
    const broker = endpoints.map(endpointText).sort().join(",");
    return { vhost, broker, address, username, services, topology: merged(services.map(({ topology }) => topology)) };
  });
}

/** What one login of all these services needs. */
export function loginPermissions({ services }: VirtualHostTopology, purpose: LoginPurpose): LoginPermissions {
  return permissionsOf(services.map((service) => service.patternsFor(purpose)));
}
