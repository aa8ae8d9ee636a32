/**
 * Lets one publish go out alone on a connection that several share. A broker that closes a connection does not say for which
 * publish; only one that was alone on it can be blamed.
 */

/** A publisher on the connection. */
export interface TurnTaker {
  /** Sent, but not confirmed. */
  readonly inFlight: number;
  /** It may continue. */
  pump(): void;
}

export class PublishTurn {
  readonly #takers = new Set<TurnTaker>();
  /** Publishes alone, or will as soon as the others have their answers. */
  #holder: TurnTaker | undefined;

  join(taker: TurnTaker): void {
    this.#takers.add(taker);
  }

  leave(taker: TurnTaker): void {
    this.#takers.delete(taker);
    this.release(taker);
  }

  /** Another one publishes alone: nothing may be sent now. `pump` is called when it may again. */
  heldBesides(taker: TurnTaker): boolean {
    return this.#holder !== undefined && this.#holder !== taker;
  }

  /** True when no other publisher has a publish in flight. False: `pump` is called when it is worth asking again. */
  take(taker: TurnTaker): boolean {
    if (this.heldBesides(taker)) return false;
    this.#holder = taker;
    for (const other of this.#takers) if (other !== taker && other.inFlight > 0) return false;
    return true;
  }

  release(taker: TurnTaker): void {
    if (this.#holder !== taker) return;
    this.#holder = undefined;
    for (const other of [...this.#takers]) if (other !== taker) other.pump();
  }

  /** The taker has its answers: the one that waits to be alone may be it now. */
  settled(taker: TurnTaker): void {
    const holder = this.#holder;
    if (holder !== undefined && holder !== taker && taker.inFlight === 0) holder.pump();
  }
}
