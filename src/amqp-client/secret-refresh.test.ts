/** A secret is renewed before it ends, and again after a failure, until the session ends. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Logger } from "../log/logger.ts";
import type { PasswordFunction } from "./credentials.ts";
import { AmqpChannelError } from "./errors.ts";
import { keepSecretFresh, type SecretRefreshSettings } from "./secret-refresh.ts";

let updates: { readonly secret: string; readonly at: number }[];
let failed: unknown[];
let warnings: string[];
let closed: () => void;
let startedAt: number;

beforeEach(() => {
  vi.useFakeTimers();
  [updates, failed, warnings, startedAt] = [[], [], [], Date.now()];
});
afterEach(() => void vi.useRealTimers());

function keep(password: PasswordFunction | string, lifeMs: number | undefined, update?: () => Promise<void>): void {
  const session: SecretRefreshSettings["session"] = {
    subscribe: (events) => {
      closed = () => events.closed?.(undefined);
      return () => {};
    },
    updateSecret: async (secret) => {
      await update?.();
      updates.push({ secret, at: Date.now() - startedAt });
    },
    fail: (error) => void failed.push(error),
  };
  const warn = (_fields: unknown, text: string): void => void warnings.push(text);
  const logger = { warn, debug: () => {} } as unknown as Logger;
  const expiresAt = lifeMs === undefined ? undefined : startedAt + lifeMs;
  const asked = { password, path: "options.amqp" };
  keepSecretFresh({ session, asked, secret: { password: "first", expiresAt }, purpose: "publishing", logger });
}

/** Returns one secret after the other, each valid for a minute. */
function minutes(): PasswordFunction {
  let number = 1;
  return ({ reason }) => ({ password: `${reason} ${++number}`, expiresAt: new Date(Date.now() + 60_000) });
}

describe("a secret that expires", () => {
  it("is renewed after four fifths of its lifetime, repeatedly", async () => {
    keep(minutes(), 60_000);
    await vi.advanceTimersByTimeAsync(100_000);
    expect(updates).toEqual([
      { secret: "refresh 2", at: 48_000 },
      { secret: "refresh 3", at: 96_000 },
    ]);
  });

  it("is not renewed after the session has ended", async () => {
    keep(minutes(), 60_000);
    closed();
    await vi.advanceTimersByTimeAsync(100_000);
    expect([updates, vi.getTimerCount()]).toEqual([[], 0]);
  });

  it("is requested again after a failure, which is logged as one warning", async () => {
    let attempts = 0;
    keep(() => {
      if (++attempts < 4) throw new Error("the vault is sealed");
      return { password: "new", expiresAt: new Date(Date.now() + 3_600_000) };
    }, 60_000);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(updates.map(({ secret }) => secret)).toEqual(["new"]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/publishing connection was not renewed \(.*the vault is sealed.*It expires at/);
  });

  it("that is unchanged is requested more often, but never in a tight loop", async () => {
    const end = new Date(startedAt + 10_000);
    let asked = 0;
    keep(() => {
      asked++;
      return { password: "cached", expiresAt: end };
    }, 10_000);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(asked).toBeGreaterThan(2);
    expect(asked).toBeLessThan(20);
  });

  it("that is valid for months is renewed on time, although one timer cannot wait so long", async () => {
    const days = 24 * 3_600_000;
    keep(minutes(), 100 * days);
    await vi.advanceTimersByTimeAsync(79 * days);
    expect(updates).toEqual([]);
    await vi.advanceTimersByTimeAsync(2 * days);
    expect(updates.length).toBeGreaterThan(0);
  });

  it("ends the session when the broker does not answer the new one, because nothing else can be sent", async () => {
    const late = new AmqpChannelError("ERR_AMQP_ANSWER_TIMEOUT", "no answer");
    keep(minutes(), 60_000, () => Promise.reject(late));
    await vi.advanceTimersByTimeAsync(50_000);
    expect(failed).toEqual([late]);
  });
});

it.each([
  ["a password without an end", () => "password", undefined],
  ["a value", "password", 60_000],
])("%s is not renewed", async (_what, password, lifeMs) => {
  keep(password, lifeMs);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect([updates, vi.getTimerCount()]).toEqual([[], 0]);
});
