/** The options of `tomodachi topology`, and the text of its help. */
import type { Option } from "./option.ts";

export const topologyOptions: Readonly<Record<string, Option>> = {
  format: {
    type: "string",
    once: true,
    of: ["topology"],
    placeholder: "format",
    help: [
      "table (default); json: RabbitMQ's definitions.json;",
      "commands: rabbitmqadmin v2 and rabbitmqctl;",
      "terraform: resources of cyrilgdn/rabbitmq",
    ].join("\n"),
  },
  permissions: {
    type: "string",
    once: true,
    of: ["topology"],
    placeholder: "purpose",
    help: [
      "Print the permissions of a login instead. Its purpose is",
      "declare (it declares everything), verify (it checks that",
      "everything exists), run (it runs with declare: false), or",
      "dlq (it works on dead letters)",
    ].join("\n"),
  },
  user: {
    type: "string",
    once: true,
    of: ["topology"],
    placeholder: "name",
    help: "The login of the permissions (default: that of the services)",
  },
  "publishes-to": {
    type: "string",
    of: ["topology"],
    placeholder: "exchange",
    help: "An exchange that the services publish to, beside the\nexchangeName of their options. May be repeated",
  },
};

/** `--connection` of this command; `dlq` also has an option with this name. */
export const topologyConnection: Option = {
  type: "string",
  placeholder: "name",
  help: "Only this connection of the services\n(options.amqp.connections, or default)",
};

export const topologyUsageOpening: readonly string[] = [
  "Usage: tomodachi topology <file or folder>... [options]",
  "",
  "Prints the exchanges, queues and bindings that the services need, with their retry and",
  "dead-letter queues, so that someone else can declare them. It does not connect to a broker.",
  "The virtual host comes from options.amqp, TOMODACHI_AMQP_URL or TOMODACHI_AMQP_VHOST.",
];

export const topologyUsageEnd: readonly string[] = [
  "Exit code: 0; 1 when a service cannot be loaded or is wrong; 2 for wrong usage.",
  "",
  "Examples:",
  "  tomodachi topology service/                                   a table",
  "  tomodachi topology service/ --format json > definitions.json  rabbitmqctl import_definitions",
  "  tomodachi topology service/ --permissions run                 of a login that declares nothing",
  "  tomodachi topology service/ --permissions run --user orders --format commands",
];
