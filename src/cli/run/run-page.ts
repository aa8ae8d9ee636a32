/** The console of a `tomodachi run`: its token, the lines of its log, and where it is. */
import { join } from "node:path";
import { LogLines } from "../../console/run/log-lines.ts";
import { consoleOfRun } from "../../console/run-console.ts";
import type { RunPart } from "../../service/runner.ts";
import { ownFolder, readManifest } from "../common/own-package.ts";
import type { Environment } from "../common/run-surroundings.ts";
import { consoleToken, defaultConsolePort } from "./console-token.ts";
import type { ConsoleSettings } from "./run-arguments.ts";

export class RunPage {
  readonly #settings: ConsoleSettings;
  readonly #token: string;
  readonly #lines = new LogLines();
  #address: string | undefined;

  constructor(settings: ConsoleSettings, environment: Environment) {
    this.#settings = settings;
    this.#token = consoleToken(environment);
  }

  /** Given each line of the log, as JSON. */
  readonly tap = (line: string): void => this.#lines.add(line);

  /** Opens the page; undefined before the start. */
  get address(): string | undefined {
    return this.#address;
  }

  /** `files`: where the services were loaded from. */
  part(files: readonly string[]): RunPart {
    const { port } = this.#settings;
    return consoleOfRun({
      port: port ?? defaultConsolePort,
      anyPort: port === undefined,
      token: this.#token,
      version: readManifest(ownFolder()).version,
      logLines: this.#lines,
      loaded: { files, testFolder: join(process.cwd(), "test") },
      opened: (address) => {
        this.#address = address;
      },
    });
  }
}
