/** Requests that were sent and that the broker has not confirmed, by the channel on which they went out. */
import type { AmqpChannel } from "./channel.ts";
import type { InFlightRequest } from "./in-flight-request.ts";
import type { TurnTaker } from "./publish-turn.ts";
import { ConfirmRing } from "./session/confirm-ring.ts";

export class UnconfirmedRequests {
  readonly #channels = new Map<AmqpChannel, ConfirmRing<InFlightRequest>>();

  /** On all channels. */
  get size(): number {
    let size = 0;
    for (const ring of this.#channels.values()) size += ring.size;
    return size;
  }

  /** The publisher of the requests, among others on the connection. */
  takerOf(pump: () => void): TurnTaker {
    const unconfirmed = this;
    return {
      get inFlight() {
        return unconfirmed.size;
      },
      pump,
    };
  }

  /** A new channel: its publishes are numbered from 1. */
  add(channel: AmqpChannel): void {
    this.#channels.set(channel, new ConfirmRing());
  }

  /** The request was just sent on the channel. */
  sent(channel: AmqpChannel, request: InFlightRequest): void {
    this.#channels.get(channel)?.push(request);
  }

  /** basic.ack or basic.nack: those that it answers, oldest first. */
  take(channel: AmqpChannel, sequence: number, multiple: boolean): readonly InFlightRequest[] {
    const ring = this.#channels.get(channel);
    const taken: InFlightRequest[] = [];
    if (multiple) ring?.takeUpTo(sequence, (request) => taken.push(request));
    else taken.push(...[ring?.take(sequence)].filter((request) => request !== undefined));
    return taken;
  }

  /** The channel is closed: the requests that will get no answer, oldest first. */
  remove(channel: AmqpChannel): readonly InFlightRequest[] {
    const all = this.#channels.get(channel)?.takeAll() ?? [];
    this.#channels.delete(channel);
    return all;
  }
}
