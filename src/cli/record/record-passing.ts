/** Records the messages that are published while `tomodachi record` listens. */

import type { PassedMessage } from "../../console/recording/recordable.ts";
import type { Logger } from "../../log/logger.ts";
import { MessageTail, planTail } from "../../messages/index.ts";
import type { Service } from "../../service/service.ts";
import { createDeferred } from "../../util/deferred.ts";
import { printable } from "../../util/printable.ts";
import { UsageError } from "../common/errors.ts";
import { Progress } from "../common/progress.ts";
import type { Environment } from "../common/run-surroundings.ts";
import type { RecordCommand } from "./record-arguments.ts";

export interface Listening {
  readonly services: readonly Service[];
  readonly environment: Environment;
  readonly logger: Logger;
  /** Aborts when no more messages are needed. */
  readonly signal: AbortSignal;
  /** Writes a line for the user. */
  say(line: string): void;
}

/** Listens until there are enough messages, or the signal aborts. Rejects if the broker cannot be reached. */
export async function listenForMessages(
  { pattern, count, connection }: RecordCommand,
  { services, environment, logger, signal, say }: Listening,
): Promise<readonly PassedMessage[]> {
  const plan = planTail(services, { pattern, exchangeName: undefined, connection }, environment, logger);
  if (plan.bindings.length === 0) throw new UsageError("These services have no AMQP handlers, so nothing is recorded.");
  const found: PassedMessage[] = [];
  const ended = createDeferred();
  const end = (): void => ended.resolve();
  signal.addEventListener("abort", end, { once: true });
  const tail = new MessageTail({
    connection: plan.connection,
    bindings: plan.bindings,
    logger,
    onMessage: async ({ exchange, routingKey, content, headers, properties }) => {
      if (signal.aborted || found.length >= count) return;
      // Copies the body, because it is part of a larger buffer.
      found.push({ at: Date.now(), exchange, routingKey, content: Buffer.from(content), headers, properties });
      say(`${found.length}  ${printable(routingKey)}`);
      if (found.length === count) end();
    },
    onLost: (reason) => say(`The connection was lost (${reason}). What passes now is not recorded.`),
    onBack: () => say("Connected again."),
  });
  try {
    await new Progress(process.stderr).during("Connecting to the broker ...", tail.open(signal));
    say(`Recording up to ${count} messages that pass on ${tail.broker}. Ctrl+C ends it and writes the test.`);
    await ended.promise;
    return found;
  } finally {
    await tail.close();
  }
}
