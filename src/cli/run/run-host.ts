/** What a run needs of its process: where its lines go, and the embedded broker. */
import type { Logger } from "../../log/logger.ts";
import type { ServiceRun } from "../../service/service-run.ts";
import { hasColours } from "../common/colours.ts";
import { useEnvironmentFile } from "../common/environment-file.ts";
import { ownFolder, readManifest } from "../common/own-package.ts";
import { writeStyled } from "../common/write-lines.ts";
import { openingLines, startedLines } from "./banner.ts";
import { DevBroker } from "./dev-broker.ts";
import type { RunSettings } from "./run-arguments.ts";

/** The embedded broker of a run, in this process or in another one. */
export type DevelopmentBroker = Pick<DevBroker, "url" | "look" | "hold" | "describeListener" | "stop">;

export interface RunHost {
  /** Writes lines for people; returns false if no person reads them. */
  show(lines: (colour: boolean) => readonly string[]): boolean;
  createBroker(port: number, logger: Logger): DevelopmentBroker;
  /** Called when the files are loaded. Resolves when their services may start, with the address of the console before a restart. */
  loaded(): Promise<{ readonly pageBefore: string | undefined }>;
  /** Called when every handler can receive, with the address of the console. A stop takes at most this many seconds. */
  started(run: ServiceRun, stopSeconds: number, page: string | undefined): void;
}

/** The host of a run without a watching process. */
export function ownHost(settings: Pick<RunSettings, "production" | "logForm">, logger: Logger): RunHost {
  const show = bannerWriter(settings);
  return {
    show,
    createBroker: (port, brokerLogger) => new DevBroker(port, brokerLogger),
    loaded: async () => ({ pageBefore: undefined }),
    started: (run, _stopSeconds, page) => {
      const isShown = show((colour) => startedLines(run.describe(), page, colour));
      // The address contains the token, so it goes to the log only if there is no banner.
      if (!isShown && page !== undefined) logger.info(`console: ${page}`);
    },
  };
}

/** Writes the first lines of a run. */
export function showOpening(files: readonly string[], { show }: Pick<RunHost, "show">): void {
  const { version } = readManifest(ownFolder());
  const { names: variables } = useEnvironmentFile([]);
  show((colour) => openingLines({ version, files, variables, cwd: process.cwd(), colour }));
}

/** Writes to standard output only in development, because elsewhere other programs may read it. Returns whether it wrote. */
function bannerWriter({ production, logForm }: Pick<RunSettings, "production" | "logForm">): RunHost["show"] {
  if (production || logForm !== "console") return () => false;
  const colour = hasColours(process.stdout, process.env);
  return (lines) => {
    writeStyled(lines(colour), process.stdout);
    return true;
  };
}
