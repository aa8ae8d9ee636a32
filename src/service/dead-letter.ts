/** The argument of `onDeadLetter`: a message that was dead-lettered. */
import type { MessageContext } from "./context.ts";
import type { DeadLetterReason } from "./outcome.ts";

/** A message that could not be handled and is now in its dead-letter queue, confirmed by the broker. */
export interface DeadLetter {
  readonly reason: DeadLetterReason;
  /** What the handler threw, or why the message could not be read. */
  readonly error: unknown;
  /** What the handler got; undefined when the message could not be read. */
  readonly data: unknown;
  /** The context of its last run; undefined when the message could not be read. */
  readonly context: MessageContext | undefined;
  /** The method's name. */
  readonly handler: string;
  readonly queueName: string;
  readonly deadLetterQueue: string;
  readonly attempts: number;
}
