/** What waits for its commit. */
import { describe, expect, it } from "vitest";
import { Transaction } from "./transaction.ts";

function acting(transaction: Transaction): { readonly done: string[]; act(name: string): void } {
  const done: string[] = [];
  const act = (name: string) =>
    transaction.run(
      () => done.push(name),
      () => done.push(`not ${name}`),
    );
  return { done, act };
}

const notSelected = expect.objectContaining({
  scope: "channel",
  replyCode: 406,
  message: "PRECONDITION_FAILED - channel is not transactional",
});

describe("Transaction", () => {
  it("acts at once if no transaction was selected, and has nothing to undo", () => {
    const transaction = new Transaction();
    const { done, act } = acting(transaction);
    act("a");
    transaction.end();
    expect(done).toEqual(["a"]);
    expect(transaction.selected).toBe(false);
  });

  it("acts at the commit, in order and once", () => {
    const transaction = new Transaction();
    const { done, act } = acting(transaction);
    transaction.select();
    act("a");
    act("b");
    expect(done).toEqual([]);
    transaction.commit();
    transaction.commit();
    expect(done).toEqual(["a", "b"]);
    expect(transaction.selected).toBe(true);
  });

  it("undoes at the rollback, and starts again", () => {
    const transaction = new Transaction();
    const { done, act } = acting(transaction);
    transaction.select();
    act("a");
    transaction.rollback();
    act("b");
    transaction.commit();
    expect(done).toEqual(["not a", "b"]);
  });

  it("undoes uncommitted work when the channel ends", () => {
    const transaction = new Transaction();
    const { done, act } = acting(transaction);
    transaction.select();
    act("a");
    transaction.commit();
    act("b");
    transaction.end();
    transaction.end();
    expect(done).toEqual(["a", "not b"]);
  });

  it("keeps what a commit causes for the next commit", () => {
    const transaction = new Transaction();
    const done: string[] = [];
    transaction.select();
    transaction.run(() => transaction.run(() => done.push("inner")));
    transaction.commit();
    expect(done).toEqual([]);
    transaction.commit();
    expect(done).toEqual(["inner"]);
  });

  it("refuses a commit or rollback if no transaction was selected", () => {
    const transaction = new Transaction();
    expect(() => transaction.commit()).toThrow(notSelected);
    expect(() => transaction.rollback()).toThrow(notSelected);
  });
});
