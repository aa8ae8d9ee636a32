/** The options of `tomodachi doctor`. */
import type { Option } from "./option.ts";

/** The option for RabbitMQ's management API, which shows what AMQP cannot show. */
export const managementOption: Option = {
  type: "string",
  once: true,
  of: ["doctor", "trace"],
  placeholder: "url",
  help: [
    "The management API, such as http://host:15672, which shows",
    "what AMQP cannot: bindings, clock, default queue type. none:",
    "do not ask it (default: port 15672 of a broker on this machine)",
  ].join("\n"),
};

export const doctorOptions: Readonly<Record<string, Option>> = {
  management: managementOption,
  target: {
    type: "string",
    once: true,
    of: ["doctor"],
    placeholder: "version",
    help: "Also say what an upgrade of RabbitMQ to this version would\nchange for the services, such as 4.3",
  },
};
