/** The console of a `tomodachi run`: its token, its log lines, and its address. */
import { join } from "node:path";
import { LogLines } from "../../console/run/log-lines.ts";
import { consoleOfRun } from "../../console/run-console.ts";
import type { Logger } from "../../log/logger.ts";
import type { RunPart } from "../../service/runner.ts";
import { ownFolder, readManifest } from "../common/own-package.ts";
import type { Environment } from "../common/run-surroundings.ts";
import { redactLoader } from "../loading/load-redact.ts";
import type { ConsoleSettings } from "../options/page-settings.ts";
import { consoleToken, defaultConsolePort } from "./console-token.ts";

export class RunPage {
  readonly #settings: ConsoleSettings;
  readonly #token: string;
  readonly #lines = new LogLines();
  #address: string | undefined;

  constructor(settings: ConsoleSettings, environment: Environment) {
    this.#settings = settings;
    this.#token = consoleToken(environment);
  }

  /** Gets each line of the log as JSON. */
  readonly tap = (line: string): void => this.#lines.add(line);

  /** The address that opens the page; undefined before the start, and if it has no port. */
  get address(): string | undefined {
    return this.#address;
  }

  /** `files` are the files of the services. `before` is the address before a restart, which an open page keeps asking. */
  part(files: readonly string[], logger: Logger, before: string | undefined): RunPart {
    const { port, asked, redact } = this.#settings;
    return consoleOfRun({
      port: port ?? defaultConsolePort,
      anyPort: port === undefined,
      // Not if another port is set now, for example in .env.
      portBefore: before !== undefined && !port ? Number(new URL(before).port) : undefined,
      isAsked: asked === true,
      token: this.#token,
      version: readManifest(ownFolder()).version,
      logLines: this.#lines,
      loaded: { files, testFolder: join(process.cwd(), "test"), redact: redactLoader(redact, logger) },
      opened: (address) => {
        this.#address = address;
      },
    });
  }
}
