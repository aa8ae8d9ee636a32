/**
 * Heartbeats of one connection (AMQP 0-9-1, 4.2.7): sent when nothing else was, and a peer that is silent for too long is given
 * up. Only what arrives counts: what we write says nothing about the peer.
 */

export interface HeartbeatHost {
  /** Something was sent since the last call. */
  takeWrote(): boolean;
  sendHeartbeat(): void;
  /** Nothing arrived for nearly two intervals. */
  silent(): void;
}

/** Looks for each interval. */
const looks = 4;
/**
 * Looks without an byte from the peer after which it is given up: between 1.75 and 2 intervals of silence. Looks are counted,
 * not time: after a handler that blocked the process for a minute there is one look, not a silent peer.
 */
const silentLooks = 2 * looks - 1;

export class Heartbeat {
  readonly #host: HeartbeatHost;
  readonly #timer: NodeJS.Timeout;
  #silent = 0;
  #look = 0;

  /** `seconds` is the interval that both peers agreed on, above 0. */
  constructor(seconds: number, host: HeartbeatHost) {
    this.#host = host;
    this.#timer = setInterval(this.#onLook, (seconds * 1000) / looks);
  }

  /** Bytes arrived. */
  received(): void {
    this.#silent = 0;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  readonly #onLook = (): void => {
    this.#silent++;
    // A busy process may have bytes of the peer that it has not read yet; they are read before an immediate runs.
    if (this.#silent >= silentLooks) setImmediate(this.#giveUp);
    this.#look++;
    if (this.#look % (looks / 2) === 0 && !this.#host.takeWrote()) this.#host.sendHeartbeat();
  };

  readonly #giveUp = (): void => {
    if (this.#silent >= silentLooks) this.#host.silent();
  };
}
