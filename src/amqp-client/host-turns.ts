/** Connects to one of several hosts, tried in turn and repeatedly. */
import { clauseOf, hasCode } from "../errors.ts";
import { backoffMs } from "../util/backoff.ts";
import { wait } from "../util/wait.ts";
import { type ConnectSettings, connectTo, isRefusal, onlyAttemptMs } from "./connect.ts";
import { unreachable } from "./connection-errors.ts";
import { askForSecret, type Secret } from "./credentials.ts";
import type { AmqpConnectionError } from "./errors.ts";
import { type Endpoint, endpointText } from "./options.ts";
import { keepSecretFresh } from "./secret-refresh.ts";
import type { Session } from "./session/session.ts";

export interface HostTurnsSettings extends ConnectSettings {
  readonly purpose: string;
  /** Called after each failed attempt, with the reason of each host. */
  failed(reasons: string): void;
}

export interface Connected {
  readonly session: Session;
  readonly endpoint: Endpoint;
}

/** How long an unused secret is kept: a host that is down is tried often, but the token server should not be called as often. */
const reuseMs = 60_000;

/** Between two rounds over all hosts. */
const pause = { firstMs: 100, maxMs: 10_000 };

export class HostTurns {
  readonly #settings: HostTurnsSettings;
  #turn = 0;

  constructor(settings: HostTurnsSettings) {
    this.#settings = settings;
  }

  /** How long the first connection may take. */
  get firstLimitMs(): number {
    const { options, firstConnect } = this.#settings;
    return firstConnect === "once" ? onlyAttemptMs * options.endpoints.length : options.connectTimeoutSeconds * 1000;
  }

  /**
   * Goes on with the host after the last one that was tried. Rejects when `ended` aborts. `first`, before there was a connection,
   * also rejects when a broker is there and says no, and with `firstConnect: "once"` when every host has been tried.
   */
  async connect(ended: AbortSignal, first: boolean): Promise<Connected> {
    const { options, logger, purpose, failed, firstConnect } = this.#settings;
    let asked: { readonly secret: Secret; readonly at: number } | undefined;
    let noSecret: AmqpConnectionError | undefined;
    const { endpoints, password, place } = options;
    const once = first && firstConnect === "once";
    const from = { password, path: place.path };
    const failures = new Map<string, AmqpConnectionError>();
    for (let attempt = 1; ; attempt++) {
      const endpoint = endpoints[this.#turn++ % endpoints.length] as Endpoint;
      const round = attempt / endpoints.length;
      const pauseMs = Number.isInteger(round) ? backoffMs(round, pause) : undefined;
      try {
        if (asked === undefined || performance.now() - asked.at > reuseMs) asked = undefined;
        asked ??= { secret: await askForSecret(from, "connect", ended), at: performance.now() };
        noSecret = undefined;
        const { secret } = asked;
        const session = await connectTo(endpoint, secret, this.#settings, ended);
        keepSecretFresh({ session, asked: from, secret, purpose, logger });
        return { session, endpoint };
      } catch (error) {
        if (hasCode(error, "ERR_AMQP_CREDENTIALS")) noSecret = error as AmqpConnectionError;
        if (!hasCode(error, "ERR_AMQP_UNREACHABLE")) asked = undefined;
        if (first && isRefusal(error)) throw error;
        // An attempt that the deadline cut short says less than the one before it.
        const host = endpointText(endpoint);
        if (!ended.aborted || !failures.has(host)) failures.set(host, error as AmqpConnectionError);
        failed([...failures.values()].map(clauseOf).join("; "));
        if (once && attempt === endpoints.length) break;
        const level = attempt === 1 ? "warn" : "debug";
        const next = pauseMs === undefined ? "the next host" : `again in ${secondsText(pauseMs)}`;
        if (!ended.aborted) logger[level]({ attempt }, `${clauseOf(error)}; the ${purpose} connection tries ${next}`);
      }
      if (pauseMs !== undefined) await wait(pauseMs, ended);
      if (ended.aborted) throw noSecret ?? unreachable([...failures.values()], once ? "once" : attempt, place);
    }
    throw noSecret ?? unreachable([...failures.values()], "once", place);
  }
}

function secondsText(ms: number): string {
  return `${Math.max(0.1, ms / 1000).toFixed(1)} s`;
}
