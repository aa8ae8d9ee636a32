/** Connects to one of several hosts, tried in turn, again and again. */
import { messageOf } from "../errors.ts";
import type { Logger } from "../log/logger.ts";
import { backoffMs } from "../util/backoff.ts";
import { wait } from "../util/wait.ts";
import { connectTo, isRefusal } from "./connect.ts";
import { unreachable } from "./connection-errors.ts";
import { type Endpoint, endpointText, type ResolvedConnectionOptions } from "./options.ts";
import type { Session } from "./session/session.ts";

export interface HostTurnsSettings {
  readonly options: ResolvedConnectionOptions;
  /** Shown by the broker beside the connection. */
  readonly name: string;
  readonly purpose: string;
  readonly logger: Logger;
  /** Told after each attempt that failed, with the reason of each host. */
  failed(reasons: string): void;
}

export interface Connected {
  readonly session: Session;
  readonly endpoint: Endpoint;
}

/** Between two rounds over all hosts. */
const pause = { firstMs: 100, maxMs: 10_000 };

export class HostTurns {
  readonly #settings: HostTurnsSettings;
  #turn = 0;

  constructor(settings: HostTurnsSettings) {
    this.#settings = settings;
  }

  /**
   * Goes on with the host after the last one that was tried. Rejects when `ended` aborts; with `believeRefusals` also when
   * a broker is there and says no.
   */
  async connect(ended: AbortSignal, believeRefusals: boolean): Promise<Connected> {
    const { options, logger, name, purpose, failed } = this.#settings;
    const { endpoints } = options;
    const reasons = new Map<string, string>();
    for (let attempt = 1; ; attempt++) {
      const endpoint = endpoints[this.#turn++ % endpoints.length] as Endpoint;
      try {
        return { session: await connectTo(endpoint, options, name, logger, ended), endpoint };
      } catch (error) {
        if (believeRefusals && isRefusal(error)) throw error;
        const text = messageOf(error);
        reasons.set(endpointText(endpoint), text);
        failed([...reasons.values()].join("; "));
        const level = attempt === 1 ? "warn" : "debug";
        if (!ended.aborted) logger[level]({ attempt }, `${text}; the ${purpose} connection is tried again`);
      }
      const round = attempt / endpoints.length;
      if (Number.isInteger(round)) await wait(backoffMs(round, pause), ended);
      if (ended.aborted) throw unreachable([...reasons.values()], attempt);
    }
  }
}
