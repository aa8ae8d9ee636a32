/** The option with which commands name services, if the words after the command mean something else. */
import type { Option } from "./option.ts";

export const serviceOption: Option = {
  type: "string",
  short: "s",
  of: ["publish", "tail", "trace", "schedule"],
  alsoOf: ["run", "config", "describe", "doctor", "console", "record", "dlq", "topology", "migrate"],
  placeholder: "path",
  help: "A service file or folder, as for `tomodachi run`: it is\nloaded, not started. May be repeated",
};
