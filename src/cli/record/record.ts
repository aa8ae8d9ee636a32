/** `tomodachi record`: turns messages of a broker into a test file. */

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { type RecorderSettings, recordPassed, recordQueues } from "../../console/recorder.ts";
import type { Logger } from "../../log/logger.ts";
import type { Service } from "../../service/service.ts";
import { printable } from "../../util/printable.ts";
import { UsageError } from "../common/errors.ts";
import { Progress } from "../common/progress.ts";
import { environmentToAsk } from "../common/run-surroundings.ts";
import { findServices } from "../loading/find-service.ts";
import { redactLoader } from "../loading/load-redact.ts";
import { withServices } from "../loading/with-services.ts";
import type { RecordCommand } from "./record-arguments.ts";
import { listenForMessages } from "./record-passing.ts";

const stopSignals = ["SIGINT", "SIGTERM"] as const;

/** Returns the exit code; undefined if another copy of the package took over the process. */
export async function runRecord(settings: RecordCommand): Promise<number | undefined> {
  const { output } = settings;
  if (output !== "-" && existsSync(output)) {
    throw new UsageError(`${output} exists already, and it is not overwritten. Name another file with --output.`);
  }
  return withServices(settings, (services, logger) => record(services, settings, logger));
}

async function record(services: readonly Service[], settings: RecordCommand, logger: Logger): Promise<number> {
  const { paths, output, url, deadLetters, queues } = settings;
  const path = resolve(output === "-" ? "test/recorded.test.ts" : output);
  const recorder: RecorderSettings = {
    services,
    environment: environmentToAsk(services, url, settings.environment),
    logger,
    loaded: {
      files: findServices(paths, { cwd: process.cwd(), production: false }),
      testFolder: dirname(path),
      redact: redactLoader(settings.redact, logger),
    },
  };
  const ending = new AbortController();
  const end = (): void => ending.abort();
  for (const signal of stopSignals) process.once(signal, end);
  try {
    const isLook = deadLetters || queues.length > 0;
    const listened = isLook ? [] : await listenForMessages(settings, { ...recorder, signal: ending.signal, say });
    const made = isLook
      ? await new Progress(process.stderr).during(
          "Asking the broker ...",
          recordQueues(settings, recorder, ending.signal),
        )
      : listened.length > 0 && (await recordPassed(listened, recorder));
    if (!made) {
      say(isLook ? "There is no such message in these queues." : "No message passed, so there is no test.");
      return 1;
    }
    for (const why of made.left) say(`Left out: ${why}`);
    if (output === "-") process.stdout.write(made.file);
    else write(path, made.file, `${made.messages} ${made.messages === 1 ? "message" : "messages"} in ${output}`);
    return 0;
  } finally {
    for (const signal of stopSignals) process.off(signal, end);
  }
}

function write(path: string, file: string, what: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, file, { flag: "wx" });
  say(`${what}. Look through the data, then run it with \`npx vitest run\`.`);
}

/** Writes to standard error, because standard output is only for the test. */
function say(line: string): void {
  process.stderr.write(`${printable(line)}\n`);
}
