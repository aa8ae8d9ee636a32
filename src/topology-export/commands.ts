/** Topology and permissions as commands for a shell: rabbitmqadmin v2, which speaks to the HTTP API, and rabbitmqctl. */

import type { LoginPurpose } from "./permissions.ts";
import { loginPermissions, type VirtualHostTopology } from "./virtual-host.ts";

const opening = [
  "# For rabbitmqadmin v2 (https://www.rabbitmq.com/docs/management-cli) and the management plugin; tested with RabbitMQ 4.3.",
  "# rabbitmqadmin v1 has another syntax. Without either: tomodachi topology ... --format json > definitions.json,",
  "# and then: rabbitmqctl import_definitions definitions.json (RabbitMQ 3.8 and later).",
  "set -e",
];

export function topologyCommands(hosts: readonly VirtualHostTopology[]): readonly string[] {
  return [...opening, ...hosts.flatMap(commandsOf)];
}

function commandsOf({ vhost, address, services, topology }: VirtualHostTopology): readonly string[] {
  const admin = (...words: readonly string[]): string =>
    ["rabbitmqadmin", "--non-interactive", ...words, option("vhost", vhost)].join(" ");
  return [
    "",
    `# ${services.map(({ service }) => service).join(", ")} on ${address}`,
    ...topology.exchanges.map(({ name, type, arguments: args = {} }) =>
      admin("exchanges declare", option("name", name), option("type", type), "--durable true", jsonOption(args)),
    ),
    ...topology.queues.map(({ name, arguments: args }) => {
      const { "x-queue-type": type, ...others } = args;
      // Without this argument it sends "classic", which differs from no argument.
      if (type === undefined) return withoutType(vhost, name, args);
      return admin("queues declare", option("name", name), `--type ${type} --durable true`, jsonOption(others));
    }),
    ...topology.bindings.map(({ exchange, queue, routingKey }) =>
      admin(
        "bindings declare",
        option("source", exchange),
        "--destination-type queue",
        option("destination", queue),
        option("routing-key", routingKey),
      ),
    ),
    ...services.flatMap(({ notes }) => notes.map((note) => `# ${note}`)),
  ];
}

/** A queue of the python profile: rabbitmqadmin v2 always sends a type. */
function withoutType(vhost: string, name: string, args: Readonly<Record<string, unknown>>): string {
  const definitions = { queues: [{ name, vhost, durable: true, auto_delete: false, arguments: args }] };
  // Not echo: that of some shells reads the backslashes of the JSON as escapes.
  return `printf '%s' ${quoted(JSON.stringify(definitions))} | rabbitmqadmin --non-interactive definitions import --stdin`;
}

export function permissionCommands(
  hosts: readonly VirtualHostTopology[],
  purpose: LoginPurpose,
  user: string | undefined,
): readonly string[] {
  return hosts.map((host) => {
    const { configure, write, read } = loginPermissions(host, purpose);
    const words = [host.vhost, user ?? host.username, configure, write, read].map(quoted);
    return `rabbitmqctl set_permissions -p ${words.join(" ")}`;
  });
}

/** With "=", because a value may begin with a hyphen. */
function option(name: string, value: string): string {
  return `--${name}=${quoted(value)}`;
}

function jsonOption(args: Readonly<Record<string, unknown>>): string {
  return option("arguments", JSON.stringify(args));
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
