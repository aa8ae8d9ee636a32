/** Steps that a lost connection does not fail: they are run again when it is back. */
import { wait } from "../util/wait.ts";
import type { AmqpConnection } from "./connection.ts";
import { lostAtStart } from "./connection-errors.ts";

/** The needed part of a connection. */
export type WatchedConnection = Pick<AmqpConnection, "state" | "lastError" | "subscribe">;

export interface RepeatSettings {
  readonly connection: WatchedConnection;
  /** How long they may be repeated in all, from now on; Infinity for as long as it takes. */
  readonly seconds: number;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
}

/** Runs a step, `again` from its second run on: it may have been done in part, and the broker may have come back empty. */
export type Repeat = <T>(step: (again: boolean) => Promise<T>) => Promise<T>;

/**
 * Makes what runs steps on a connection that was opened: a step that rejects while the connection is lost, or was lost
 * since the step began, is run again when it is back. Any other rejection is the step's own. Rejects with
 * ERR_AMQP_UNREACHABLE when the time is over.
 */
export function createRepeat({ connection, seconds, signal }: RepeatSettings): Repeat {
  const deadline = performance.now() + seconds * 1000;
  return async (step) => {
    for (let again = false; ; again = true) {
      let lost = false;
      const forget = connection.subscribe({ lost: () => (lost = true) });
      try {
        return await step(again);
      } catch (error) {
        if (!lost && connection.state !== "reconnecting") throw error;
        // A connection that is lost again in the turn in which it returned is awaited again.
        do await untilBack(connection, deadline, signal);
        while (connection.state === "reconnecting" && performance.now() < deadline);
        if (connection.state === "connected" && performance.now() < deadline) continue;
        throw lostAtStart(connection.lastError, seconds, error);
      } finally {
        forget();
      }
    }
  };
}

/** For steps that need two connections: one that is lost on either is run again when it is back. */
export function repeatOnBoth(one: Repeat, other: Repeat): Repeat {
  return (step) => one((again) => other((againOnOther) => step(again || againOnOther)));
}

/** The longest that a timer of Node's can wait: 24 days. */
const longestMs = 2 ** 31 - 1;

/** Resolves when the connection is there, at the deadline, or when the signal aborts. */
async function untilBack(connection: WatchedConnection, deadline: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const back = new AbortController();
  const end = (): void => back.abort();
  const forget = connection.subscribe({ opened: end });
  signal.addEventListener("abort", end, { once: true });
  const leftMs = Math.max(0, deadline - performance.now());
  if (connection.state !== "connected") await wait(Math.min(leftMs, longestMs), back.signal);
  forget();
  signal.removeEventListener("abort", end);
  signal.throwIfAborted();
}
