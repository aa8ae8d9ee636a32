/** Creates what the parts of one `tomodachi dlq` share: signals, progress and output. */
import { appendFileSync, closeSync, openSync } from "node:fs";
import { createEntryFilter, keptLine } from "../../dead-letters/index.ts";
import { hasCode, messageOf } from "../../errors.ts";
import { paletteFor } from "../common/colours.ts";
import { UsageError } from "../common/errors.ts";
import { Progress } from "../common/progress.ts";
import type { DlqSettings } from "./dlq-arguments.ts";
import { createEdit } from "./dlq-edit.ts";
import type { DlqRun } from "./dlq-run.ts";

const stopSignals = ["SIGINT", "SIGTERM"] as const;

export interface BegunRun {
  readonly run: Omit<DlqRun, "movedTo">;
  /** Closes the output file. */
  end(): void;
}

/** @throws UsageError if the output file exists, or no editor is set for `--edit` */
export function beginRun(settings: DlqSettings): BegunRun {
  const { change, filter } = settings;
  const progress = new Progress(process.stderr);
  const signal = stopSignal(progress);
  const edit = change.edit ? createEdit({ progress, signal }, process.env) : undefined;
  const output = change.output === undefined ? undefined : openOutput(change.output);
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const run = {
    settings,
    signal,
    progress,
    palette: paletteFor(process.stdout, process.env),
    edit,
    keep: (entry) => (output === undefined ? say(keptLine(entry)) : appendFileSync(output, `${keptLine(entry)}\n`)),
    say,
    listed: [],
    matches: createEntryFilter(filter, Date.now()),
    foundIds: new Set<string>(),
    totals: { done: 0, stayed: 0, messages: 0, cutShort: false },
  } satisfies Omit<DlqRun, "movedTo">;
  return { run, end: () => void (output !== undefined && closeSync(output)) };
}

/** A second signal ends the process at once. Messages that were not settled then return to their queue. */
function stopSignal(progress: Progress): AbortSignal {
  const stopping = new AbortController();
  const stop = (): void => {
    if (!stopping.signal.aborted)
      progress.say("Stopping after the messages in flight. Press again to stop at once; no message is lost.");
    stopping.abort();
  };
  for (const name of stopSignals) process.once(name, stop);
  return stopping.signal;
}

/** An existing file is not overwritten. */
function openOutput(file: string): number {
  try {
    return openSync(file, "wx", 0o600);
  } catch (error) {
    const why = hasCode(error, "EEXIST")
      ? "exists already. Name another file, or remove it"
      : `cannot be written: ${messageOf(error)}`;
    throw new UsageError(`--output "${file}" ${why}.`, { cause: error });
  }
}
