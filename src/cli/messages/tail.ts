/** `tomodachi tail`: shows messages while they are published. */
import type { Logger } from "../../log/logger.ts";
import { fits, MessageTail, planTail, readPassing } from "../../messages/index.ts";
import type { Service } from "../../service/service.ts";
import { createDeferred } from "../../util/deferred.ts";
import { printable } from "../../util/printable.ts";
import { hasColours } from "../common/colours.ts";
import { Progress } from "../common/progress.ts";
import { withServices } from "../loading/with-services.ts";
import { messageSurroundings } from "./message-surroundings.ts";
import type { TailCommand } from "./tail-arguments.ts";
import { openingLines, refuseNothing, waitingLine } from "./tail-opening.ts";
import { messageJson, messageLines } from "./tail-text.ts";

const stopSignals = ["SIGINT", "SIGTERM"] as const;

/** Returns the exit code; undefined if another copy of the package took over the process. */
export function runTail(settings: TailCommand): Promise<number | undefined> {
  return withServices(settings.place, (services, logger) => tail(services, settings, logger));
}

async function tail(services: readonly Service[], settings: TailCommand, logger: Logger): Promise<number> {
  const environment = messageSurroundings(settings.place, services, logger);
  const plan = planTail(services, { ...settings.place, pattern: settings.pattern }, environment, logger);
  refuseNothing(plan, settings.place.connection);
  const ended = createDeferred();
  const ending = new AbortController();
  const end = (): void => {
    ending.abort();
    ended.resolve();
  };
  for (const signal of stopSignals) process.once(signal, end);
  // Ends when the reader of a pipe goes away: `tomodachi tail '#' | head -1`.
  process.stdout.once("close", end);
  let shown = 0;
  const colour = hasColours(process.stdout, process.env);
  const listener = new MessageTail({
    connection: plan.connection,
    bindings: plan.bindings,
    logger,
    onMessage: async (delivery) => {
      if (ending.signal.aborted) return;
      const message = await readPassing(delivery, { ...plan, envelope: settings.place.envelope });
      if (!fits(message, settings.conditions)) return;
      const now = new Date();
      const lines = settings.json
        ? [JSON.stringify(messageJson(message, now))]
        : messageLines(message, { now, colour, full: settings.full, columns: process.stdout.columns || 120 });
      await write(`${lines.join("\n")}\n`);
      shown++;
      if (shown === settings.count) end();
    },
    onLost: (reason) => say(`The connection was lost (${reason}). What passes now is not seen.`),
    onBack: () => say("Connected again."),
  });
  try {
    const opening = listener.open(ending.signal);
    await new Progress(process.stderr).during(waitingLine(plan), opening);
    say(...openingLines(plan, listener.broker));
    await ended.promise;
    return 0;
  } finally {
    for (const signal of stopSignals) process.off(signal, end);
    await listener.close();
  }
}

/** Writes to standard error, because standard output is only for the messages. */
function say(...lines: readonly string[]): void {
  process.stderr.write(`${lines.map(printable).join("\n")}\n`);
}

/** Resolves when the reader has room again. The broker then waits for a slow reader. */
async function write(text: string): Promise<void> {
  if (process.stdout.write(text) || process.stdout.destroyed) return;
  await new Promise<void>((resolve) => {
    const go = (): void => {
      process.stdout.off("drain", go).off("close", go);
      resolve();
    };
    process.stdout.on("drain", go).on("close", go);
  });
}
