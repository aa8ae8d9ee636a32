/** Failures at several brokers are reported in one error. */
import { describe, expect, it } from "vitest";
import { AmqpConnectionError, AmqpError } from "../../amqp-client/errors.ts";
import { allTogether } from "./all-brokers.ts";

const one = new AmqpError("ERR_AMQP_TOPOLOGY_MISSING", "one");
const two = new AmqpConnectionError("ERR_AMQP_UNREACHABLE", "two");

async function failureOf(...errors: readonly unknown[]): Promise<unknown> {
  return allTogether([...errors.map((error) => Promise.reject(error)), Promise.resolve()]).catch(
    (error: unknown) => error,
  );
}

describe("steps at several brokers that run in parallel", () => {
  it("succeed together", async () => {
    await expect(allTogether([Promise.resolve(), Promise.resolve()])).resolves.toBeUndefined();
  });

  it("fail with the error of the only one, or with that of all if they are the same", async () => {
    expect(await failureOf(one)).toBe(one);
    expect(await failureOf(one, new AmqpError("ERR_AMQP_TOPOLOGY_MISSING", "one"))).toBe(one);
  });

  it("fail with one error that has every message, and the code of the first error", async () => {
    const failure = await failureOf(one, two);
    expect(failure).toBeInstanceOf(AmqpError);
    expect(failure).toMatchObject({ code: "ERR_AMQP_TOPOLOGY_MISSING", message: "one\ntwo" });
    expect((failure as { cause: AggregateError }).cause.errors).toEqual([one, two]);
  });

  it("pass on an error of another library unchanged", async () => {
    const odd = new TypeError("odd");
    expect(await failureOf(odd, one)).toBe(odd);
    expect(await failureOf(null, one)).toBeNull();
  });

  it("all end before the error is thrown", async () => {
    let ended = false;
    const slow = new Promise<void>((resolve) => {
      setImmediate(() => {
        ended = true;
        resolve();
      });
    });
    await expect(allTogether([Promise.reject(one), slow])).rejects.toBe(one);
    expect(ended).toBe(true);
  });
});
