/** The option with which commands name the broker that they ask. */
import type { Option } from "./option.ts";

/** `--broker` for commands that ask a running broker. */
export const brokerToAsk: Option = {
  type: "string",
  variable: "TOMODACHI_AMQP_URL",
  placeholder: "url",
  help: "The broker, amqp://username:password@host:port/vhost\n(default: what the services say, or 127.0.0.1:5672)",
};
