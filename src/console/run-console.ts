/** The console of a run, as a part of it: a port that listens, and observers that are switched off until a page opens. */
import type { RunPart } from "../service/runner.ts";
import { ConsoleDoor } from "./door.ts";
import type { LoadedFrom } from "./recording/loaded-place.ts";
import type { LogLines } from "./run/log-lines.ts";
import { SwitchedObservers } from "./run/switched-observer.ts";

export interface RunConsoleOptions {
  readonly port: number;
  /** Where the port is taken, any other will do. */
  readonly anyPort: boolean;
  readonly token: string;
  readonly version: string;
  readonly logLines: LogLines;
  readonly loaded: LoadedFrom;
  /** Told the address that opens the page. */
  opened(address: string): void;
}

export function consoleOfRun({ port, anyPort, token, version, logLines, loaded, opened }: RunConsoleOptions): RunPart {
  return async ({ services, environment, logger }) => {
    const observers = new SwitchedObservers();
    return {
      observerOf: observers.observerOf,
      created: async (run) => {
        const load = async () => {
          const { runConsoleServer } = await import("./run-console-server.ts");
          return runConsoleServer({ run, services, environment, logger, observers, logLines, loaded, version, token });
        };
        const door = new ConsoleDoor({ port, anyPort, token, logger, load });
        opened(await door.listen());
        run.atEnd(() => door.close());
      },
    };
  };
}
