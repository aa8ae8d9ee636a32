// Exchanges and queues that another tool declares from what `tomodachi topology` prints, and logins with exactly its permissions.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { inject } from "vitest";
import type { ServiceClass } from "../../src/index.ts";
import { createSilentLogger } from "../../src/log/logger.ts";
import {
  type ExportedTopology,
  exportTopology,
  type LoginPurpose,
  topologyDefinitions,
  virtualHostsOf,
} from "../../src/topology-export/index.ts";
import { loginPermissions } from "../../src/topology-export/virtual-host.ts";
import { brokerKind, connectForeign, ctl, operator, uniqueName, type VirtualHost } from "./broker.ts";
import type { RunningServices } from "./running.ts";

/** What a service needs by its default connection, or by a named one. */
export function exported(source: ServiceClass, connectionName = "default"): ExportedTopology {
  const all = exportTopology(new source(), { environment: {}, publishesTo: [] }, createSilentLogger());
  return all.find((one) => one.connectionName === connectionName) as ExportedTopology;
}

/** As an operator does it on RabbitMQ; the embedded broker has no import, so there each thing is declared. */
export async function importDefinitions(host: VirtualHost, topology: ExportedTopology): Promise<void> {
  const definitions = topologyDefinitions(virtualHostsOf([topology]));
  if (brokerKind === "rabbitmq") {
    const { HOME: home = "" } = inject("rabbitMq")?.environment ?? {};
    const file = join(home, `${host.name}.json`);
    writeFileSync(file, JSON.stringify(definitions));
    await ctl("import_definitions", file);
    return;
  }
  await using foreign = await connectForeign(host.url);
  const { exchanges, queues, bindings } = topology.topology;
  for (const { name, type, arguments: args } of exchanges) {
    await foreign.channel.assertExchange(name, type, { arguments: args });
  }
  for (const { name, arguments: args } of queues) await foreign.channel.assertQueue(name, { arguments: args });
  for (const { queue, exchange, routingKey } of bindings) await foreign.channel.bindQueue(queue, exchange, routingKey);
}

/** A login of the virtual host with the permissions of one purpose, and no others; gives its URL. */
export async function loginFor(host: VirtualHost, topology: ExportedTopology, purpose: LoginPurpose): Promise<string> {
  const name = uniqueName("login");
  await operator().addUser(name, "secret");
  const [virtualHost] = virtualHostsOf([topology]);
  if (!virtualHost) throw new Error("there is no virtual host");
  await operator().setPermissions(host.name, loginPermissions(virtualHost, purpose), name);
  const url = new URL(host.url);
  url.username = name;
  url.password = "secret";
  return url.href;
}

/** Log lines about a permission. */
export function refusals({ log }: RunningServices): readonly unknown[] {
  return log.filter((line) => JSON.stringify(line).includes("ACCESS_REFUSED"));
}
