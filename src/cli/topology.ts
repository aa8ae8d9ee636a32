/** `tomodachi topology`: prints what services need on their broker, so that another tool can declare it. It connects to no broker. */
import {
  exportTopology,
  permissionCommands,
  permissionDefinitions,
  permissionsTable,
  permissionTerraform,
  topologyCommands,
  topologyDefinitions,
  topologyTable,
  topologyTerraform,
  type VirtualHostTopology,
  virtualHostsOf,
} from "../topology-export/index.ts";
import { printable } from "../util/printable.ts";
import type { TopologyCommand } from "./topology-arguments.ts";
import { withServices } from "./with-services.ts";

/** Gives the exit code; undefined when another copy of the package took over the process. */
export function runTopology(settings: TopologyCommand): Promise<number | undefined> {
  return withServices(settings, async (services, logger) => {
    const given = { environment: process.env, publishesTo: settings.publishesTo };
    const exported = services.flatMap((service) => exportTopology(service, given, logger));
    for (const line of linesOf(virtualHostsOf(exported), settings)) process.stdout.write(`${printable(line)}\n`);
    return 0;
  });
}

function linesOf(hosts: readonly VirtualHostTopology[], settings: TopologyCommand): readonly string[] {
  const { format, permissions, user } = settings;
  if (permissions === undefined) {
    if (format === "json") return JSON.stringify(topologyDefinitions(hosts), null, 2).split("\n");
    if (format === "commands") return topologyCommands(hosts);
    if (format === "terraform") return topologyTerraform(hosts);
    return hosts.flatMap((host, index) => [...(index > 0 ? [""] : []), ...topologyTable(host)]);
  }
  if (format === "json") return JSON.stringify(permissionDefinitions(hosts, permissions, user), null, 2).split("\n");
  if (format === "commands") return permissionCommands(hosts, permissions, user);
  if (format === "terraform") return permissionTerraform(hosts, permissions, user);
  return hosts.flatMap((host, index) => [...(index > 0 ? [""] : []), ...permissionsTable(host, permissions)]);
}
