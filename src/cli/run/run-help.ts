/** The help of `tomodachi run`. */
import type { CommandHelp } from "../options/command-help.ts";
import { optionsOf } from "../options/option-table.ts";

export const runHelp: CommandHelp = {
  options: optionsOf("run"),
  usageOpening: [
    "Usage: tomodachi run <file or folder>... [options]",
    "",
    "Runs the services that the files export, all in one process, until a signal or exit() ends",
    "them. A folder stands for its service, app or index file, or else for its *.service.* files.",
    "`start` and `go` are other names of `run`.",
    "",
    "In development it reads .env. On a terminal it also restarts the services when their files",
    "change, and starts the embedded broker if no broker is configured and none listens.",
  ],
  usageEnd: [
    "Exit code: 0 when a signal ended it, or the code that exit() was given; 1 when the start",
    "failed; 2 for wrong usage.",
    "",
    "Examples:",
    "  tomodachi run service/",
    "  tomodachi run service/ --console",
    "  tomodachi run orders.ts shipping.ts --log-level debug",
    "  tomodachi run service/ --broker amqp://guest:guest@127.0.0.1:5672",
    "  tomodachi run service/ --watch --watch-ending sql --watch-ignore data",
    "  tomodachi run dist/service --production --operations-port 9464",
  ],
};
