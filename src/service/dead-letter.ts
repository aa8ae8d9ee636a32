/** The argument of `onDeadLetter`: a message that was dead-lettered. */
import type { MessageContext } from "./context.ts";
import type { DeadLetterReason } from "./outcome.ts";

/** A message that could not be handled. The broker has confirmed it in its dead-letter queue. */
export interface DeadLetter {
  /** Why it was dead-lettered. */
  readonly reason: DeadLetterReason;
  /** What the handler threw, or why the message could not be read. */
  readonly error: unknown;
  /** What the handler received; undefined if the message could not be read. */
  readonly data: unknown;
  /** The context of its last run; undefined if the message could not be read. */
  readonly context: MessageContext | undefined;
  /** The name of the method. */
  readonly handler: string;
  /** The queue in which it failed. */
  readonly queueName: string;
  /** The dead-letter queue in which it is now. */
  readonly deadLetterQueue: string;
  /** How many runs it had. */
  readonly attempts: number;
}
