/** How commands name the broker that they ask. */
import type { Option } from "./option.ts";

/** What `--broker` is for commands that ask a broker which runs already. */
export const brokerToAsk: Option = {
  type: "string",
  variable: "TOMODACHI_AMQP_URL",
  placeholder: "url",
  help: "The broker, amqp://username:password@host:port/vhost\n(default: what the services say, or 127.0.0.1:5672)",
};
