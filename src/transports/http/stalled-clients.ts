/** Disconnects clients that read nothing of their answer for too long. Otherwise the answer would wait in memory forever. */
import type { ServerResponse } from "node:http";
import type { Http2ServerResponse } from "node:http2";
import type { OpenRequest } from "./open-request.ts";
import type { ResolvedLimits } from "./resolve-options.ts";

/** The longest time between two checks of the answers, in milliseconds. */
const lookMostMs = 15_000;
const lookLeastMs = 50;

/** The HTTP/2 code CANCEL (RFC 9113, 7). */
const cancelCode = 8;

export class StalledClients {
  readonly #limits: Pick<ResolvedLimits, "sendTimeout" | "connectionTimeout">;
  readonly #requests: () => Iterable<OpenRequest>;
  #timer: NodeJS.Timeout | undefined;
  readonly #watched = new WeakSet<OpenRequest>();

  /** `requests` returns those whose answer was not sent completely. */
  constructor(limits: ResolvedLimits, requests: () => Iterable<OpenRequest>) {
    this.#limits = limits;
    this.#requests = requests;
  }

  /** One timer for all answers, because a timer for each would cost time in every request. */
  start(): void {
    const { sendTimeout } = this.#limits;
    if (sendTimeout === 0) return;
    const everyMs = Math.max(lookLeastMs, Math.min(lookMostMs, sendTimeout / 4));
    this.#timer = setInterval(() => this.#look(), everyMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    for (const open of this.#requests()) {
      if (!isWaiting(open) || this.#watched.has(open)) continue;
      this.#watched.add(open);
      this.#watch(open);
    }
  }

  /** Node reports when the client read nothing for a time, also in the middle of one large chunk. */
  #watch(open: OpenRequest): void {
    const { sendTimeout, connectionTimeout } = this.#limits;
    const raw = open.reply.raw as ServerResponse | Http2ServerResponse;
    const ms = connectionTimeout > 0 ? Math.min(sendTimeout, connectionTimeout) : sendTimeout;
    const silent = (): void => {
      // The client is not the reason if the stream itself has no data now.
      if (connectionTimeout === 0 && !isWaiting(open)) return;
      open.trouble = `the client read nothing of its response for ${ms / 1000} s`;
      if ("stream" in raw) raw.stream.close(cancelCode);
      else raw.destroy();
    };
    const timed = "stream" in raw ? raw.stream : raw;
    timed.setTimeout(ms);
    timed.on("timeout", silent);
  }
}

/** Whether a part of the answer is ready, and the client does not read it. */
function isWaiting({ reply: { raw } }: OpenRequest): boolean {
  return raw.headersSent && !raw.destroyed && raw.writableLength > 0;
}
