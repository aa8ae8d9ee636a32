/** The face of the topology export: what services need on the broker, so that another tool can declare it. */
export { permissionCommands, topologyCommands } from "./commands.ts";
export { permissionDefinitions, topologyDefinitions } from "./definitions.ts";
export { type ExportedTopology, exportTopology } from "./exported-topology.ts";
export type { LoginPurpose } from "./permissions.ts";
export { permissionsTable, topologyTable } from "./table.ts";
export { permissionTerraform, topologyTerraform } from "./terraform.ts";
export { type VirtualHostTopology, virtualHostsOf } from "./virtual-host.ts";
