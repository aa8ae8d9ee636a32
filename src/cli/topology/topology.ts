/** `tomodachi topology`: prints what services need on their broker, so that another tool can declare it. It connects to no broker. */
import {
  type ExportedTopology,
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
} from "../../topology-export/index.ts";
import { closest } from "../../util/closest.ts";
import { printable } from "../../util/printable.ts";
import { UsageError } from "../common/errors.ts";
import { writeLines } from "../common/write-lines.ts";
import { withServices } from "../loading/with-services.ts";
import type { TopologyCommand } from "./topology-arguments.ts";

/** Returns the exit code; undefined if another copy of the package took over the process. */
export function runTopology(settings: TopologyCommand): Promise<number | undefined> {
  return withServices(settings, async (services, logger) => {
    const given = { environment: process.env, publishesTo: settings.publishesTo };
    const exported = services.flatMap((service) => exportTopology(service, given, logger));
    const all = virtualHostsOf(byConnection(exported, settings.connection));
    // A connection that only publishes needs permissions, but no queues.
    const hosts = settings.permissions === undefined ? withTopology(all) : all;
    if (settings.format !== "table") refuseSeveralBrokers(hosts, settings.format);
    const lines = linesOf(hosts, settings);
    if (settings.format === "table") writeLines(lines);
    // A line of a script or a file stays whole.
    else for (const line of lines) process.stdout.write(`${printable(line)}\n`);
    return 0;
  });
}

/** @throws UsageError if no service has this connection */
function byConnection(exported: readonly ExportedTopology[], wanted: string | undefined): readonly ExportedTopology[] {
  if (wanted === undefined) return exported;
  const fitting = exported.filter(({ connectionName }) => connectionName === wanted);
  if (fitting.length > 0) return fitting;
  const known = [...new Set(exported.map(({ connectionName }) => connectionName))];
  const meant = closest(wanted, known);
  const cure = meant ? `Did you mean "${meant}"?` : `They have: ${known.join(", ")}.`;
  throw new UsageError(`None of these services has a --connection "${wanted}". ${cure}`);
}

/** The virtual hosts with something to declare; all of them if there is none. */
function withTopology(hosts: readonly VirtualHostTopology[]): readonly VirtualHostTopology[] {
  const kept = hosts.filter(
    ({ topology, services }) =>
      topology.queues.length + topology.exchanges.length > 0 || services.some(({ notes }) => notes.length > 0),
  );
  return kept.length > 0 ? kept : hosts;
}

/** Such a file or script is run against one broker, and would create there what belongs to the others. */
function refuseSeveralBrokers(hosts: readonly VirtualHostTopology[], format: string): void {
  const brokers = [...new Set(hosts.map(({ broker }) => broker))];
  if (brokers.length <= 1) return;
  const names = [...new Set(hosts.flatMap(({ services }) => services.map(({ connectionName }) => connectionName)))];
  const cure =
    names.length > 1
      ? `Name one connection: ${names.map((name) => `--connection ${name}`).join(" or ")}.`
      : "Name the services of one broker at a time.";
  throw new UsageError(
    `These services have ${brokers.length} brokers (${brokers.join("; ")}), and --format ${format} is for one. ${cure}`,
  );
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
