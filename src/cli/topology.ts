/** `tomodachi topology`: prints what services need on their broker, for somebody else to declare. No broker is asked. */
import { hasCode, messageOf } from "../errors.ts";
import { hidePasswords } from "../log/hide-passwords.ts";
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
import { printable, printableLines } from "../util/printable.ts";
import { findServices } from "./find-service.ts";
import { handOver, otherCopyFor } from "./hand-over.ts";
import { loadServices } from "./load-service.ts";
import { openLogger } from "./open-logger.ts";
import { reportFailure } from "./report-failure.ts";
import type { TopologySettings } from "./topology-arguments.ts";

/** Gives the exit code; undefined when another copy of the package took over the process. */
export async function runTopology(settings: TopologySettings): Promise<number | undefined> {
  const logger = await openLogger(settings.logLevel, "console");
  try {
    const files = findServices(settings.paths, { cwd: process.cwd(), production: false });
    const other = otherCopyFor(files);
    if (other) {
      await handOver(other);
      return undefined;
    }
    const services = await loadServices(files, logger);
    const given = { environment: process.env, publishesTo: settings.publishesTo };
    const exported = services.flatMap((service) => exportTopology(service, given, logger));
    for (const line of linesOf(virtualHostsOf(exported), settings)) process.stdout.write(`${printable(line)}\n`);
    return 0;
  } catch (error) {
    if (hasCode(error, "ERR_USAGE")) throw error;
    if (logger.isLevelEnabled("error")) reportFailure(error, "console", logger);
    else process.stderr.write(hidePasswords(`tomodachi: ${printableLines(messageOf(error))}\n`));
    return 1;
  }
}

function linesOf(hosts: readonly VirtualHostTopology[], settings: TopologySettings): readonly string[] {
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
