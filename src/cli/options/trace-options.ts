/** The options of `tomodachi trace`. */
import type { Option } from "./option.ts";

export const traceOptions: Readonly<Record<string, Option>> = {
  operations: {
    type: "string",
    once: true,
    of: ["trace"],
    placeholder: "url",
    help: "The operations port of the running services, such as\nhttp://127.0.0.1:9090 (default: where the services say)",
  },
};
