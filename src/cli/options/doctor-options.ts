/** The options of `tomodachi doctor`. */
import type { Option } from "./option.ts";

/** Where the broker is: another word for `--broker`. */
export const urlOption: Option = {
  type: "string",
  once: true,
  of: ["doctor", "trace", "console"],
  variable: "TOMODACHI_AMQP_URL",
  placeholder: "url",
  help: "The broker, amqp://username:password@host:port/vhost\n(default: what the services say, or 127.0.0.1:5672)",
};

/** RabbitMQ's management API, which shows what AMQP cannot. */
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

/** In the help of commands that take `--url`. */
export const sameAsUrl: Option = { type: "string", placeholder: "url", help: "The same as --url" };

export const doctorOptions: Readonly<Record<string, Option>> = {
  url: urlOption,
  management: managementOption,
  target: {
    type: "string",
    once: true,
    of: ["doctor"],
    placeholder: "version",
    help: "Also say what an upgrade of RabbitMQ to this version would\nchange for the services, such as 4.3",
  },
};
