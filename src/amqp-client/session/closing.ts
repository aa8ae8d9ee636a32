/** The close of one channel by this side: which callers wait for it, and how long the broker may take. */
import { unresponsive } from "./session-errors.ts";

export interface ClosingHost {
  /** The broker reads nothing for now. */
  readonly blocked: boolean;
  readonly answerTimeoutMs: number;
  /** The broker does not answer at all. */
  fail(error: Error): void;
}

export class Closing {
  readonly #host: ClosingHost;
  readonly #release: () => void;
  #timer: NodeJS.Timeout | undefined;
  #waiting: (() => void)[] = [];
  /** The broker closed the channel at the same time: it does not have to answer our close. */
  crossed = false;

  /** `release`: called when there is no need to wait for the broker any more. */
  constructor(host: ClosingHost, release: () => void) {
    this.#host = host;
    this.#release = release;
  }

  /** channel.close was sent: its answer has a deadline. */
  begin(): void {
    const { answerTimeoutMs } = this.#host;
    this.#timer = setTimeout(() => {
      if (this.crossed) this.#release();
      else if (this.#host.blocked) this.begin();
      else this.#host.fail(unresponsive("channel.close", answerTimeoutMs));
    }, answerTimeoutMs);
  }

  /** Resolves when the channel is closed. */
  wait(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The channel is closed. */
  done(): void {
    clearTimeout(this.#timer);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
