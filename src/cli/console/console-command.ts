/** `tomodachi console`: the console of any broker, for services that run somewhere else. */
import { openBrokerConsole } from "../../console/broker-console.ts";
import { ownFolder, readManifest } from "../common/own-package.ts";
import { environmentToAsk } from "../common/run-surroundings.ts";
import { withServices } from "../loading/with-services.ts";
import { consoleToken, defaultConsolePort } from "../run/console-token.ts";
import type { ConsoleCommand } from "./console-arguments.ts";

const stopSignals = ["SIGINT", "SIGTERM"] as const;

/** Returns the exit code after a signal has ended it; undefined if another copy of the package took over the process. */
export function runConsole(settings: ConsoleCommand): Promise<number | undefined> {
  const { queues, url, environment, allowChanges, port } = settings;
  const token = consoleToken(environment);
  return withServices(settings, async (services, logger) => {
    const open = await openBrokerConsole({
      shown: { services, queues },
      environment: environmentToAsk(services, url, environment),
      logger,
      mayChange: allowChanges,
      place: { port: port ?? defaultConsolePort, anyPort: port === undefined, token },
      version: readManifest(ownFolder()).version,
    });
    const how = allowChanges
      ? "It may change what is on the broker."
      : "It only reads; --allow-changes lets it replay, delete and publish.";
    process.stdout.write(`Console: ${open.address}\n${how} Ctrl+C ends it.\n`);
    await new Promise<void>((resolve) => {
      for (const signal of stopSignals) process.once(signal, () => resolve());
    });
    await open.close();
    return 0;
  });
}
