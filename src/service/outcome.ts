/** How a run ended, and what happens to its message. One file decides it and returns it as a value. */
import { hasCode, isInstance, memberOf, TomodachiError } from "../errors.ts";
import { type Duration, formatDuration, parseDuration, unitProblem } from "../util/duration.ts";
import { ignoreRejection } from "../util/is-promise.ts";
import { ConfigurationError } from "./errors.ts";

/** Why a message is dead-lettered. */
export type DeadLetterReason = "handler-error" | "timeout" | "rejected" | "unreadable" | "schema" | "delivery-limit";

/** What happens to a delivery: exactly one of these. */
export type Outcome = { readonly kind: "acknowledge" } | FailedOutcome;

/** The outcomes of a run that did not succeed. */
export type FailedOutcome =
  | { readonly kind: "requeue" }
  | RetryOutcome
  | { readonly kind: "dead-letter"; readonly reason: DeadLetterReason; readonly error: unknown };

/** The message is handled again after a delay. */
export interface RetryOutcome {
  readonly kind: "retry";
  /** The delay in milliseconds. */
  readonly delayMs: number;
  /** Added before the delay begins, so that messages that failed together do not return together. In milliseconds. */
  readonly jitterMs: number;
  /** Why it would be dead-lettered if there were no retry. */
  readonly reason: DeadLetterReason;
  readonly error: unknown;
}

export const acknowledge: Outcome = Object.freeze({ kind: "acknowledge" });
export const requeue: FailedOutcome = Object.freeze({ kind: "requeue" });

/** Throw it to requeue the message. The broker delivers it again after a short pause, which grows with each requeue. */
export class Requeue extends TomodachiError {
  constructor(message = "The handler requeued the message.", options: { readonly cause?: unknown } = {}) {
    super("ERR_REQUEUE", message, options);
  }
}

/** The name of `Requeue` in Python tomodachi. */
export const AmqpInternalServiceError: typeof Requeue = Requeue;

/** Throw it to dead-letter the message at once, whatever the retry policy says. */
export class Reject extends TomodachiError {
  constructor(message = "The handler rejected the message.", options: { readonly cause?: unknown } = {}) {
    super("ERR_REJECT", message, options);
  }
}

/**
 * Throw it to handle the message again after a delay, with or without a retry policy. The delay is rounded up to the next available one (1,
 * 5, 15, 30 s, 1, 5, 10, 30 min, 1, 6, 24 h, and those of the policy), and is never longer than the longest of these. The message is
 * dead-lettered when the policy's `attempts` are used up, or without a policy after 100 runs.
 *
 * @example
 * ```ts
 * if (response.status === 429) throw new RetryLater("30s", "the bank is busy");
 * ```
 */
export class RetryLater extends TomodachiError {
  /** The delay in milliseconds. */
  readonly delayMs: number;

  /** @throws ERR_CONFIGURATION for an invalid delay */
  constructor(delay: Duration, message?: string, options: { readonly cause?: unknown } = {}) {
    const delayMs = parseDuration(delay);
    const problem = unitProblem(delay) ?? (delayMs === undefined ? `${JSON.stringify(delay)} was given` : undefined);
    if (delayMs === undefined || problem) {
      throw new ConfigurationError(
        `RetryLater needs a delay such as "500ms", "5s" or "1m", or a number of seconds; ${problem}.`,
      );
    }
    super("ERR_RETRY_LATER", message ?? `The handler requested another run in ${formatDuration(delayMs)}.`, options);
    this.delayMs = delayMs;
  }
}

/** A handler ran longer than its `timeoutSeconds`. */
export class HandlerTimeoutError extends TomodachiError {
  constructor(handler: string, seconds: number) {
    super(
      "ERR_HANDLER_TIMEOUT",
      `${handler} did not end within its timeoutSeconds (${seconds}), so its signal was aborted. Pass context.signal to the calls that it awaits, or raise the limit.`,
    );
  }
}

/** A message came back so often that it may be the reason why processes end. Its handler is not called any more. */
export class DeliveryLimitError extends TomodachiError {
  constructor(count: number, limit: number) {
    super(
      "ERR_DELIVERY_LIMIT",
      `The message was redelivered ${count} times without an outcome, and the limit is ${limit} (crashLimit). It may crash the process that handles it, so its handler is not called again. Look for processes that ended at the times of its deliveries, then replay the message.`,
    );
  }
}

/**
 * What happens to a message whose handler or middleware threw this error. Errors are recognised by code, so those of another copy of the
 * package count too.
 */
export function outcomeOfError(error: unknown): FailedOutcome {
  ignoreRejection(error);
  if (hasCode(error, "ERR_REQUEUE")) return requeue;
  if (hasCode(error, "ERR_REJECT")) return { kind: "dead-letter", reason: "rejected", error };
  if (hasCode(error, "ERR_RETRY_LATER")) {
    const delayMs = memberOf(error, "delayMs");
    if (typeof delayMs === "number" && delayMs >= 0) {
      return { kind: "retry", delayMs, jitterMs: 0, reason: "handler-error", error };
    }
  }
  if (isInstance(error, HandlerTimeoutError)) return { kind: "dead-letter", reason: "timeout", error };
  return { kind: "dead-letter", reason: "handler-error", error };
}

/** What happens to a message whose handler was not called: its envelope could not read it, or its schema refused it. */
export function outcomeOfUnread(error: unknown): FailedOutcome {
  ignoreRejection(error);
  if (isInstance(error, DeliveryLimitError)) return { kind: "dead-letter", reason: "delivery-limit", error };
  const bySchema = hasCode(error, "ERR_SCHEMA_REFUSED") || hasCode(error, "ERR_SCHEMA_FAILED");
  return { kind: "dead-letter", reason: bySchema ? "schema" : "unreadable", error };
}
