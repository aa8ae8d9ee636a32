/** Everything that the console of a run needs once a client opens it. */
import type { Logger } from "../log/logger.ts";
import type { Service } from "../service/service.ts";
import type { ServiceRun } from "../service/service-run.ts";
import { DeadLetterLooks } from "./broker/dead-letter-looks.ts";
import { placesOf, queuesToCount } from "./broker/places.ts";
import { planServices } from "./broker/planned-services.ts";
import { QueueCounts } from "./broker/queue-counts.ts";
import { ConsoleServer } from "./console-server.ts";
import type { LogLines } from "./run/log-lines.ts";
import { RunWatch } from "./run/run-watch.ts";
import type { SwitchedObservers } from "./run/switched-observer.ts";
import { RunSource } from "./run-source.ts";

export interface RunConsoleParts {
  readonly run: ServiceRun;
  readonly services: readonly Service[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
  readonly observers: SwitchedObservers;
  readonly logLines: LogLines;
  readonly version: string;
  readonly token: string;
}

export function runConsoleServer(parts: RunConsoleParts): ConsoleServer {
  const { run, services, environment, logger, observers, logLines, version, token } = parts;
  const planned = planServices(services, environment, logger);
  const places = placesOf(services, environment, logger);
  const queueCounts = new QueueCounts(queuesToCount(planned, places));
  const source = new RunSource({ run, planned, watch: new RunWatch(observers), queueCounts, logLines, version });
  return new ConsoleServer({ source, planned, looks: new DeadLetterLooks(places, logger), logger, token });
}
