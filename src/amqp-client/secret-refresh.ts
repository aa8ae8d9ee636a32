/** Renews the secret of a login on its open connection, before it expires: RabbitMQ closes the connection otherwise. */
import { clauseOf } from "../errors.ts";
import type { Logger } from "../log/logger.ts";
import { backoffMs } from "../util/backoff.ts";
import { wait } from "../util/wait.ts";
import { type AskedPassword, askForSecret, type Secret } from "./credentials.ts";
import { replyOf } from "./errors.ts";
import type { Session } from "./session/session.ts";

export interface SecretRefreshSettings {
  readonly session: Pick<Session, "subscribe" | "updateSecret" | "fail">;
  readonly asked: AskedPassword;
  /** What the connection was made with. */
  readonly secret: Secret | undefined;
  readonly purpose: string;
  readonly logger: Logger;
}

/** How much of the time that is left passes before it is renewed. */
const share = 0.8;
const leastMs = 1000;
/** A timer of Node takes 31 bits of milliseconds, and clocks drift. */
const longestMs = 24 * 3_600_000;
const afterFailure = { firstMs: 1000, maxMs: 30_000 };

/** Continues until the session ends. A secret without an expiry is not refreshed. */
export function keepSecretFresh(settings: SecretRefreshSettings): void {
  const { asked, secret, session } = settings;
  if (typeof asked.password === "string" || secret?.expiresAt === undefined) return;
  const ended = new AbortController();
  session.subscribe({ closed: () => ended.abort() });
  void renewUntil(ended.signal, settings, secret.expiresAt);
}

/** Never rejects. */
async function renewUntil(ended: AbortSignal, settings: SecretRefreshSettings, firstExpiry: number): Promise<void> {
  const { asked, session, purpose, logger } = settings;
  for (let expiresAt = firstExpiry, failures = 0; ; ) {
    const due = Date.now() + Math.max(leastMs, (expiresAt - Date.now()) * share);
    if (failures > 0) await wait(backoffMs(failures, afterFailure), ended);
    else while (Date.now() < due && !ended.aborted) await wait(Math.min(due - Date.now(), longestMs), ended);
    if (ended.aborted) return;
    try {
      const secret = await askForSecret(asked, "refresh", ended);
      if (ended.aborted) return;
      await session.updateSecret(secret.password, "the password or token expires soon");
      logger.debug(`the ${purpose} connection has a new password or token`);
      if (secret.expiresAt === undefined) return;
      [expiresAt, failures] = [secret.expiresAt, 0];
    } catch (error) {
      if (ended.aborted) return;
      if (isNoAnswer(error)) return session.fail(error as Error);
      failures++;
      const until = new Date(expiresAt).toISOString();
      logger[failures === 1 ? "warn" : "debug"](
        { err: error, attempt: failures },
        `the password or token of the ${purpose} connection was not renewed (${clauseOf(error)}). It expires at ${until}; the service tries again`,
      );
    }
  }
}

/** The broker was asked to take the new secret, and did not say: nothing else can be asked of it. */
function isNoAnswer(error: unknown): boolean {
  return (
    replyOf(error).replyCode === undefined && (error as { readonly code?: string }).code === "ERR_AMQP_ANSWER_TIMEOUT"
  );
}
