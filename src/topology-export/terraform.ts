/** Topology and permissions as resources of the Terraform provider cyrilgdn/rabbitmq. */

import type { LoginPurpose } from "./permissions.ts";
import { loginPermissions, type VirtualHostTopology } from "./virtual-host.ts";

const opening = [
  "terraform {",
  "  required_providers {",
  "    rabbitmq = {",
  '      source = "cyrilgdn/rabbitmq"',
  "    }",
  "  }",
  "}",
];

export function topologyTerraform(hosts: readonly VirtualHostTopology[]): readonly string[] {
  const labels = new Labels();
  return [...opening, ...hosts.flatMap((host) => resourcesOf(host, labels))];
}

function resourcesOf({ vhost, topology }: VirtualHostTopology, labels: Labels): readonly string[] {
  const exchanges = new Map(topology.exchanges.map(({ name }) => [name, labels.of("exchange", name)]));
  const queues = new Map(topology.queues.map(({ name }) => [name, labels.of("queue", name)]));
  return [
    ...topology.exchanges.flatMap(({ name, type, arguments: args }) => [
      ...opened("rabbitmq_exchange", exchanges.get(name)),
      `  name  = ${text(name)}`,
      `  vhost = ${text(vhost)}`,
      "  settings {",
      `    type        = ${text(type)}`,
      "    durable     = true",
      "    auto_delete = false",
      ...(args ? argumentsOf(args) : []),
      "  }",
      "}",
    ]),
    ...topology.queues.flatMap(({ name, arguments: args }) => [
      ...opened("rabbitmq_queue", queues.get(name)),
      `  name  = ${text(name)}`,
      `  vhost = ${text(vhost)}`,
      "  settings {",
      "    durable        = true",
      "    auto_delete    = false",
      // As JSON, because `arguments` makes a string of every value.
      `    arguments_json = jsonencode({ ${pairs(args)} })`,
      "  }",
      "}",
    ]),
    ...topology.bindings.flatMap(({ exchange, queue, routingKey }) => [
      ...opened("rabbitmq_binding", labels.of("binding", `${exchange} ${routingKey} ${queue}`)),
      `  source           = ${exchanges.has(exchange) ? `rabbitmq_exchange.${exchanges.get(exchange)}.name` : text(exchange)}`,
      `  vhost            = ${text(vhost)}`,
      `  destination      = rabbitmq_queue.${queues.get(queue)}.name`,
      '  destination_type = "queue"',
      `  routing_key      = ${text(routingKey)}`,
      "}",
    ]),
  ];
}

export function permissionTerraform(
  hosts: readonly VirtualHostTopology[],
  purpose: LoginPurpose,
  user: string | undefined,
): readonly string[] {
  const labels = new Labels();
  const resources = hosts.flatMap((host) => {
    const { configure, write, read } = loginPermissions(host, purpose);
    const login = user ?? host.username;
    return [
      ...opened("rabbitmq_permissions", labels.of("permissions", `${login} ${host.vhost === "/" ? "" : host.vhost}`)),
      `  user  = ${text(login)}`,
      `  vhost = ${text(host.vhost)}`,
      "  permissions {",
      `    configure = ${text(configure)}`,
      `    write     = ${text(write)}`,
      `    read      = ${text(read)}`,
      "  }",
      "}",
    ];
  });
  return [...opening, ...resources];
}

function opened(resource: string, label: string | undefined): readonly string[] {
  return ["", `resource "${resource}" "${label}" {`];
}

/** All arguments of an exchange are strings. */
function argumentsOf(args: Readonly<Record<string, unknown>>): readonly string[] {
  return [`    arguments   = { ${pairs(args)} }`];
}

function pairs(args: Readonly<Record<string, unknown>>): string {
  return Object.entries(args)
    .map(([name, value]) => `${text(name)} = ${typeof value === "string" ? text(value) : JSON.stringify(value)}`)
    .join(", ");
}

/** A string of HCL: as in JSON, and `${` and `%{` begin templates. */
function text(value: string): string {
  return JSON.stringify(value).replace(/([$%])\{/g, "$1$1{");
}

/** Names of resources: each once, for each kind. */
class Labels {
  readonly #taken = new Set<string>();

  of(kind: string, name: string): string {
    const words =
      name
        .replace(/\*/g, "any")
        .replace(/#/g, "all")
        .match(/[A-Za-z0-9]+/g) ?? [];
    const base = words
      .join("_")
      .toLowerCase()
      .replace(/^(?=\d|$)/, "_");
    for (let number = 1; ; number++) {
      const label = number === 1 ? base : `${base}_${number}`;
      if (this.#taken.has(`${kind} ${label}`)) continue;
      this.#taken.add(`${kind} ${label}`);
      return label;
    }
  }
}
