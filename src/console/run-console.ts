/** The console as a part of a run: a listening port, and observers that keep only a few messages until a page opens. */
import { messageOf } from "../errors.ts";
import type { RunPart } from "../service/runner.ts";
import { ConsoleDoor } from "./door.ts";
import type { LoadedFrom } from "./recording/recording-place.ts";
import type { LogLines } from "./run/log-lines.ts";
import { RunWatch } from "./run/run-watch.ts";
import { SwitchedObservers } from "./run/switched-observer.ts";

export interface RunConsoleOptions {
  readonly port: number;
  /** Whether another port may be used if the port is taken. */
  readonly anyPort: boolean;
  /** The port before a restart. It is tried first. */
  readonly portBefore?: number | undefined;
  /** true: without its port the run does not start. false: there is only a warning. */
  readonly isAsked: boolean;
  readonly token: string;
  readonly version: string;
  readonly logLines: LogLines;
  readonly loaded: LoadedFrom;
  /** Called with the address that opens the page. */
  opened(address: string): void;
}

export function consoleOfRun(options: RunConsoleOptions): RunPart {
  const { port, anyPort, portBefore, isAsked, token, version, logLines, loaded, opened } = options;
  return async ({ services, environment, logger }) => {
    const observers = new SwitchedObservers();
    const watch = new RunWatch(observers);
    return {
      observerOf: observers.observerOf,
      created: async (run) => {
        const load = async () => {
          const { runConsoleServer } = await import("./run-console-server.ts");
          return runConsoleServer({ run, services, environment, logger, watch, logLines, loaded, version, token });
        };
        const door = new ConsoleDoor({ port, anyPort, portBefore, token, logger, load });
        try {
          opened(await door.listen());
          watch.sleep();
          run.atEnd(async () => {
            await door.close();
            watch.stop();
          });
        } catch (error) {
          if (isAsked) throw error;
          logger.warn(`${messageOf(error)} The services run without it.`);
        }
      },
    };
  };
}
