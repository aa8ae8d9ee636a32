/** The results of a password function, and the error when it returns something else, throws, or never settles. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { askForSecret, type PasswordFunction, tokenExpiry } from "./credentials.ts";

const never = new AbortController().signal;
const path = "options.amqp.connections.legacy";

/** A token without a signature: only its `exp` is read. */
function token(payload: unknown): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "RS256", typ: "JWT" })}.${part(payload)}.c2lnbmF0dXJl`;
}

function given(value: unknown, signal: AbortSignal = never) {
  return askForSecret({ password: (() => value) as PasswordFunction, path }, "connect", signal);
}

async function failureOf(asking: Promise<unknown>): Promise<{ readonly code: string; readonly message: string }> {
  try {
    await asking;
  } catch (error) {
    return error as { readonly code: string; readonly message: string };
  }
  throw new Error("it did not fail");
}

afterEach(() => void vi.useRealTimers());

describe("a password", () => {
  const date = new Date("2026-12-01T00:00:00Z");

  it.each([
    ["a string", "secret", { password: "secret", expiresAt: undefined }],
    ["a promise of one", Promise.resolve("secret"), { password: "secret", expiresAt: undefined }],
    ["one that expires", { password: "secret", expiresAt: date }, { password: "secret", expiresAt: date.getTime() }],
    ["an object without an end", { password: "secret" }, { password: "secret", expiresAt: undefined }],
    ["a token with exp", token({ exp: 1_800_000_000 }), { expiresAt: 1_800_000_000_000 }],
    ["a token whose end is said", { password: token({ exp: 1 }), expiresAt: date }, { expiresAt: date.getTime() }],
  ])("may be given as %s", async (_what, value, expected) => {
    expect(await given(value)).toMatchObject(expected);
  });

  it("that is a value is never called, and a token as a value has no expiry, because it cannot be renewed", async () => {
    expect(await askForSecret({ password: token({ exp: 1 }), path }, "connect", never)).toMatchObject({
      expiresAt: undefined,
    });
  });

  it("that cannot be obtained is an error that hides passwords in the URLs of its cause", async () => {
    const password = (): never => {
      throw new Error("no vault at https://orders:hunter2@vault.internal");
    };
    const { code, message } = await failureOf(askForSecret({ password, path }, "connect", never));
    expect(code).toBe("ERR_AMQP_CREDENTIALS");
    expect(message).toContain("https://orders:***@vault.internal");
    expect(message).not.toContain("hunter2");
  });

  it.each([
    undefined,
    null,
    "",
    5,
    {},
    { password: "" },
    { password: "hunter2", expiresAt: 5 },
    { password: "hunter2", expiresAt: new Date(Number.NaN) },
    Promise.resolve(undefined),
  ])("cannot be %j, and its value is not shown", async (value) => {
    const error = await failureOf(given(value));
    expect(error).toMatchObject({ code: "ERR_AMQP_CONNECTION_OPTIONS" });
    expect(JSON.stringify([error, error.message])).not.toContain("hunter2");
  });
});

describe("a password function", () => {
  it("receives the reason of the call, and a signal that aborts when the result is not needed any more", async () => {
    const asked: unknown[] = [];
    let signal: AbortSignal | undefined;
    const stop = new AbortController();
    const password: PasswordFunction = (request) => {
      asked.push(request.reason);
      signal = request.signal;
      return new Promise(() => {});
    };
    const asking = failureOf(askForSecret({ password, path }, "refresh", stop.signal));
    stop.abort();
    expect(await asking).toMatchObject({ code: "ERR_AMQP_CREDENTIALS" });
    expect([asked, signal?.aborted]).toEqual([["refresh"], true]);
  });

  it.each([
    ["throws", () => Promise.reject(new Error("the vault is sealed")), "threw the vault is sealed"],
    [
      "throws at once",
      () => {
        throw new Error("no file");
      },
      "threw no file",
    ],
    ["rejects with nothing", () => Promise.reject(undefined), "threw undefined"],
  ])("that %s is reported by name", async (_what, password, text) => {
    const error = await failureOf(askForSecret({ password: password as PasswordFunction, path }, "connect", never));
    expect(error).toMatchObject({ code: "ERR_AMQP_CREDENTIALS" });
    expect(error.message).toContain(text);
  });

  it("that hangs is given up after 10 seconds, and a later rejection does not end the process", async () => {
    vi.useFakeTimers();
    let reject = (_error: Error): void => {};
    const hanging = new Promise<string>((_resolve, fail) => {
      reject = fail;
    });
    const asking = failureOf(askForSecret({ password: () => hanging, path }, "connect", never));
    await vi.advanceTimersByTimeAsync(10_000);
    expect((await asking).message).toContain("returned no password within 10 seconds");
    reject(new Error("too late"));
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("the end of a token", () => {
  it.each([
    ["a password", "secret"],
    ["a password with dots", "a.b.c"],
    ["three parts that are not JSON", "eyJ.eyJ.x"],
    ["a token without exp", token({ sub: "a" })],
    ["a token whose exp is text", token({ exp: "soon" })],
    ["an encrypted token, with five parts", "eyJ.a.b.c.d"],
  ])("is unknown for %s", (_what, text) => {
    expect(tokenExpiry(text)).toBeUndefined();
  });
});
