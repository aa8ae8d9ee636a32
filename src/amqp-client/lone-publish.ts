/** The publish that is alone in flight: what may make the broker close the channel or the connection goes when nothing else does. */
import type { Confirmation } from "./confirms.ts";
import type { Isolation } from "./isolation.ts";
import type { PublishTurn, TurnTaker } from "./publish-turn.ts";

export class LonePublish {
  readonly #isolation: Isolation;
  readonly #turn: PublishTurn;
  readonly #taker: TurnTaker;
  /** While it has no answer. */
  #entry: Confirmation | undefined;

  /** `taker` publishes on a connection that others publish on too: `turn` is theirs. */
  constructor(isolation: Isolation, turn: PublishTurn, taker: TurnTaker) {
    this.#isolation = isolation;
    this.#turn = turn;
    this.#taker = taker;
    turn.join(taker);
  }

  /** Whether a publish may be sent now, together with the unconfirmed ones. */
  mayGo(entry: Confirmation, unconfirmed: number): boolean {
    if (this.#entry !== undefined || this.#turn.heldBesides(this.#taker)) return false;
    if (!this.#isolation.isSuspect(entry)) return true;
    if (unconfirmed > 0 || (entry.suspicion === "connection" && !this.#turn.take(this.#taker))) return false;
    this.#entry = entry;
    return true;
  }

  /** Nothing is unconfirmed: the publish that was alone has its answer, or will not get one. */
  ended(): void {
    this.#entry = undefined;
    this.#turn.release(this.#taker);
    this.#turn.settled(this.#taker);
  }

  /** It publishes no more. */
  leave(): void {
    this.#turn.leave(this.#taker);
  }
}
