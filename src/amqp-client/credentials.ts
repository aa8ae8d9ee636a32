/** The proof of a login: a password or a token, as a value or from a function that is called at each connection. */
import { memberOf, messageOf } from "../errors.ts";
import { hidePasswords } from "../log/hide-passwords.ts";
import { abortAfter } from "../util/abort-after.ts";
import { createDeferred } from "../util/deferred.ts";
import { AmqpConnectionError } from "./errors.ts";

/** How long a password function may take, in milliseconds. */
const passwordTimeoutMs = 10_000;
const tooLate = Symbol("too late");

/** The argument of a password function. */
export interface PasswordRequest {
  /** "connect": a connection is being opened. "refresh": the current password expires soon. */
  readonly reason: "connect" | "refresh";
  /** Aborts when the result is not needed any more. */
  readonly signal: AbortSignal;
}

/** A password or a token with an expiry time. */
export interface ExpiringPassword {
  /** The password or the token. */
  readonly password: string;
  /** When it expires. A new one is requested before that. @default the `exp` of a JSON Web Token, otherwise never */
  readonly expiresAt?: Date | undefined;
}

/** Returns the password of a login, or an OAuth 2 token. It must answer within 10 seconds. */
export type PasswordFunction = (
  request: PasswordRequest,
) => string | ExpiringPassword | Promise<string | ExpiringPassword>;

/** A password that is ready for use. */
export interface Secret {
  readonly password: string;
  /** In milliseconds since 1970. */
  readonly expiresAt: number | undefined;
}

/** The password option, and where the user wrote it: errors name the place. */
export interface AskedPassword {
  readonly password: string | PasswordFunction;
  /** The path of the options that contain it. */
  readonly path: string;
}

/**
 * Returns the password, or calls the function for it. Errors contain nothing of the function's result.
 *
 * @throws AmqpConnectionError ERR_AMQP_CREDENTIALS when the function throws, or does not answer in time
 * @throws AmqpConnectionError ERR_AMQP_CONNECTION_OPTIONS when the function returns something that is not a password
 */
export async function askForSecret(
  { password, path }: AskedPassword,
  reason: PasswordRequest["reason"],
  signal: AbortSignal,
): Promise<Secret> {
  if (typeof password === "string") return { password, expiresAt: undefined };
  const deadline = abortAfter(passwordTimeoutMs, [signal]);
  const late = createDeferred<typeof tooLate>();
  const end = (): void => late.resolve(tooLate);
  deadline.signal.addEventListener("abort", end, { once: true });
  if (deadline.signal.aborted) end();
  try {
    const asking = (async () => password({ reason, signal: deadline.signal }))();
    const given: unknown = await Promise.race([asking, late.promise]);
    if (given !== tooLate) return secretOf(given, path);
  } catch (error) {
    if (error instanceof AmqpConnectionError && error.code === "ERR_AMQP_CONNECTION_OPTIONS") throw error;
    throw failed(path, `threw ${hidePasswords(messageOf(error))}`, error);
  } finally {
    deadline.signal.removeEventListener("abort", end);
    deadline.forget();
  }
  throw failed(
    path,
    signal.aborted
      ? "had not finished when connecting stopped"
      : `returned no password within ${passwordTimeoutMs / 1000} seconds`,
  );
}

function secretOf(given: unknown, path: string): Secret {
  const password = typeof given === "string" ? given : memberOf(given, "password");
  const expiresAt = typeof given === "string" ? undefined : memberOf(given, "expiresAt");
  const isDate = expiresAt instanceof Date && !Number.isNaN(expiresAt.getTime());
  if (typeof password !== "string" || password === "" || (expiresAt !== undefined && !isDate)) {
    throw new AmqpConnectionError(
      "ERR_AMQP_CONNECTION_OPTIONS",
      `The function ${path}.password must return a non-empty string, { password, expiresAt } with a Date, or a promise of one of them. It returned something else.`,
    );
  }
  return { password, expiresAt: isDate ? expiresAt.getTime() : tokenExpiry(password) };
}

/** The `exp` of a JSON Web Token (RFC 7519, 4.1.4), in milliseconds since 1970; undefined for anything else. */
export function tokenExpiry(token: string): number | undefined {
  const [header, payload, signature, ...rest] = token.split(".");
  if (!header?.startsWith("ey") || payload === undefined || signature === undefined || rest.length > 0)
    return undefined;
  try {
    const exp = memberOf(JSON.parse(Buffer.from(payload, "base64url").toString("utf8")), "exp");
    return typeof exp === "number" && Number.isFinite(exp) ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}

function failed(path: string, why: string, cause?: unknown): AmqpConnectionError {
  return new AmqpConnectionError(
    "ERR_AMQP_CREDENTIALS",
    `Cannot connect without a password: the function ${path}.password ${why}. Check the source of the password or token.`,
    { cause },
  );
}
