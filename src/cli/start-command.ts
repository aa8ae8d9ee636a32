/** Starts a command. The code of a command is loaded only when it runs, so that `--help` answers at once. */
import type { Command } from "./command.ts";
import { ownFolder, readManifest } from "./common/own-package.ts";
import { writeLines } from "./common/write-lines.ts";
import { commandUsageText, usageText } from "./usage-text.ts";

/** Returns the exit code; undefined if another copy of the package took over the process. */
export async function startCommand(command: Command): Promise<number | undefined> {
  switch (command.kind) {
    case "help":
      writeLines((command.of === undefined ? usageText() : commandUsageText(command.of, command.action)).split("\n"));
      return 0;
    case "version":
      process.stdout.write(`tomodachi ${readManifest(ownFolder()).version}\n`);
      return 0;
    case "defined":
      return command.run();
    case "run":
      return (await import("./run/run.ts")).run(command.settings);
    case "broker":
      return (await import("./run/broker-command.ts")).runBroker(command.settings);
    case "dlq":
      return (await import("./dlq/dlq.ts")).runDlq(command.settings);
    case "topology":
      return (await import("./topology/topology.ts")).runTopology(command.settings);
    case "schedule":
      return (await import("./schedule/schedule.ts")).runSchedule(command.settings);
    case "migrate":
      return (await import("./migrate/migrate.ts")).runMigrate(command.settings);
  }
}
