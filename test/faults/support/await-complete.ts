// The end of a fault test: everything has its answer and has arrived, or the test fails with the whole balance.
import { expect } from "vitest";
import { until } from "../../support/broker.ts";
import type { Balance, Ledger } from "../ledger.ts";

export interface Allowances {
  /** How often messages may be handled again. @default 0 */
  readonly duplicates?: number;
  /** How many publishes may reject. @default 0 */
  readonly rejected?: number;
  /** How many messages may end in a dead-letter queue. @default 0 */
  readonly deadLettered?: number;
  /** @default 20 seconds */
  readonly timeoutMs?: number;
  /** Looks for what arrived elsewhere, before each look at the ledger. */
  look?(): Promise<void>;
}

/** Waits until the ledger is complete, and checks that nothing is lost, made up, or repeated more than it may be. */
export async function awaitComplete(ledger: Ledger, allowed: Allowances = {}): Promise<Balance> {
  const { duplicates = 0, rejected = 0, deadLettered = 0, timeoutMs = 20_000 } = allowed;
  try {
    const complete = async (): Promise<boolean> => {
      await allowed.look?.();
      return ledger.complete;
    };
    await until(complete, { timeoutMs, what: "every confirmed message" });
  } catch (error) {
    throw new Error(`Not complete: ${JSON.stringify(ledger.balance()).slice(0, 2000)}`, { cause: error });
  }
  const balance = ledger.balance();
  expect(balance).toMatchObject({ unsettled: 0, missing: [], both: [], strangers: [] });
  expect(balance.duplicates, "duplicates").toBeLessThanOrEqual(duplicates);
  expect(balance.rejected, String(ledger.rejections[0])).toBeLessThanOrEqual(rejected);
  expect(balance.deadLettered, "dead letters").toBeLessThanOrEqual(deadLettered);
  return balance;
}
