/** Everything that the console of a run needs after a client has opened it. */
import type { Logger } from "../log/logger.ts";
import type { Service } from "../service/service.ts";
import type { ServiceRun } from "../service/service-run.ts";
import { brokerSideOf } from "./broker/broker-side.ts";
import { ConsoleServer } from "./console-server.ts";
import { type LoadedFrom, recordingPlace } from "./recording/recording-place.ts";
import type { LogLines } from "./run/log-lines.ts";
import type { RunWatch } from "./run/run-watch.ts";
import { RunSource } from "./run-source.ts";

export interface RunConsoleParts {
  readonly run: ServiceRun;
  readonly services: readonly Service[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
  readonly watch: RunWatch;
  readonly logLines: LogLines;
  readonly loaded: LoadedFrom;
  readonly version: string;
  readonly token: string;
}

export function runConsoleServer(parts: RunConsoleParts): ConsoleServer {
  const { run, services, environment, logger, watch, logLines, loaded, version, token } = parts;
  const { planned, looks, queueCounts } = brokerSideOf(services, environment, logger);
  const source = new RunSource({ run, planned, watch, queueCounts, logLines, version });
  return new ConsoleServer({ source, planned, looks, logger, token, recording: () => recordingPlace(loaded) });
}
