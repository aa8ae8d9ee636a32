// One case of the fault matrix: its ledger, its clock, and the balance at its end.
import { expect } from "vitest";
import { type ForeignConnection, until } from "../../support/broker.ts";
import { type Balance, Ledger } from "../ledger.ts";
import { reportRow } from "./fault-report.ts";
import { scaled } from "./scale.ts";

export interface Allowed {
  /** Looks at what has arrived; called until everything has. */
  look?(): unknown;
  /** Runs of messages that had been handled already, where they are counted elsewhere than in the ledger. */
  repeated?(): number;
  /** How many of these there may be. @default 0 */
  readonly mayRepeat?: number;
  /** How many publishes may reject. @default 0 */
  readonly mayReject?: number;
  /** How many messages may end in a dead-letter queue. @default any number; the test says itself which */
  readonly mayPutAside?: number;
  /** A handler's own publish may be rejected although it arrived: then its message is handled and dead-lettered. @default false */
  readonly mayBeBoth?: boolean;
}

export class FaultCase {
  readonly name: string;
  readonly ledger: Ledger = new Ledger();
  readonly #since = performance.now();

  constructor(name: string) {
    this.name = name;
  }

  /** Waits until every publish has its answer and every confirmed message has arrived, then checks and reports the balance. */
  async end(allowed: Allowed = {}): Promise<Balance> {
    const { ledger } = this;
    const arrived = async (): Promise<boolean> => {
      await allowed.look?.();
      return ledger.complete;
    };
    const waited = { timeoutMs: scaled(40_000, 180_000), what: "every confirmed message" };
    // The balance reports what is missing.
    await until(arrived, waited).catch(() => {});
    const balance = ledger.balance();
    const repeated = allowed.repeated?.() ?? balance.duplicates;
    const { confirmed, handled, deadLettered, missing } = balance;
    const seconds = (performance.now() - this.#since) / 1000;
    reportRow({ case: this.name, confirmed, handled, deadLettered, missing: missing.length, repeated, seconds });
    expect(balance).toMatchObject({ unsettled: 0, missing: [], strangers: [] });
    if (!allowed.mayBeBoth) expect(balance.both, "handled and dead-lettered").toEqual([]);
    expect(handled + deadLettered).toBeGreaterThanOrEqual(confirmed);
    expect(repeated, "runs of messages that had been handled").toBeLessThanOrEqual(allowed.mayRepeat ?? 0);
    expect(balance.rejected, String(ledger.rejections[0])).toBeLessThanOrEqual(allowed.mayReject ?? 0);
    expect(deadLettered, "dead letters").toBeLessThanOrEqual(allowed.mayPutAside ?? Number.POSITIVE_INFINITY);
    return balance;
  }
}

/** Takes the messages of a dead-letter queue, in the envelope of `JsonBase`, and writes them into the ledger. */
export async function takeDeadLetters(foreign: ForeignConnection, queue: string, ledger: Ledger): Promise<void> {
  // Asking a queue that is not there would cost the channel.
  if ((await foreign.queueInfo(queue)) === undefined) return;
  for (let copy = await foreign.get(queue); copy; copy = await foreign.get(queue)) {
    const { data } = JSON.parse(copy.content.toString()) as { readonly data: { readonly id: string } };
    ledger.deadLettered(data.id);
  }
}
