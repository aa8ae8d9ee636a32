/**
 * Which request may be sent now. A request that may close the channel is sent alone, on a channel on which no other request waits for a
 * reply: one that was sent before and lost, and the first request to an exchange, which may be internal or forbidden.
 */
import type { AmqpChannel } from "./channel.ts";
import type { InFlightRequest } from "./in-flight-request.ts";
import { ProvenExchanges } from "./proven-exchanges.ts";
import type { PublishTurn, TurnTaker } from "./publish-turn.ts";
import type { ChannelEnd } from "./publishing-channel.ts";
import { UnconfirmedRequests } from "./unconfirmed-requests.ts";

/** Requests whose channel is closed. */
export interface LostRequests {
  /** Those that the broker had not confirmed. */
  readonly unconfirmed: readonly InFlightRequest[];
  /** The one for which the broker closed the channel, where that is known. */
  readonly offending: InFlightRequest | undefined;
}

export class RequestTurns {
  readonly #turn: PublishTurn;
  readonly #taker: TurnTaker;
  /** Exchanges with a confirmed request; the first request to any other exchange is sent alone. */
  readonly #proven = new ProvenExchanges();
  readonly #unconfirmed = new UnconfirmedRequests();
  /** The last request that went alone, while it is not confirmed. */
  #lone: InFlightRequest | undefined;

  /** `turn` is shared by all publishers of the connection; `pump` is called when a request may be sent again. */
  constructor(turn: PublishTurn, pump: () => void) {
    this.#turn = turn;
    this.#taker = this.#unconfirmed.takerOf(pump);
    turn.join(this.#taker);
  }

  /** `clearChannel` returns true if no request waits for a reply on the channel; otherwise it uses another one. */
  mayGo(request: InFlightRequest, clearChannel: () => boolean): boolean {
    if (this.#lone !== undefined || this.#turn.heldBesides(this.#taker)) return false;
    if (!request.suspect && this.#proven.has(request.message)) return true;
    if (this.#unconfirmed.size > 0) return false;
    if (request.suspect && !this.#turn.take(this.#taker)) return false;
    if (!clearChannel()) return false;
    this.#lone = request;
    return true;
  }

  /** A new channel: its publishes are numbered from 1. */
  opened(channel: AmqpChannel): void {
    this.#unconfirmed.add(channel);
  }

  sent(channel: AmqpChannel, request: InFlightRequest): void {
    this.#unconfirmed.sent(channel, request);
  }

  /** The channel was closing: it goes later. */
  notSent(request: InFlightRequest): void {
    if (this.#lone === request) this.#lone = undefined;
  }

  /** basic.ack or basic.nack: those that it answers, oldest first. `answered` is called for each of them after that. */
  take(channel: AmqpChannel, sequence: number, multiple: boolean): readonly InFlightRequest[] {
    return this.#unconfirmed.take(channel, sequence, multiple);
  }

  /** The broker has it. */
  confirmed({ message }: InFlightRequest): void {
    this.#proven.add(message);
  }

  /** It was confirmed, refused, or cannot be sent. */
  answered(request: InFlightRequest): void {
    if (this.#lone === request) this.#lone = undefined;
    if (this.#unconfirmed.size === 0) this.#turn.release(this.#taker);
    this.#turn.settled(this.#taker);
  }

  /** A request that waited was given up: it may have been the one for which everybody else on the connection waits. */
  gaveUp(): void {
    if (this.#lone === undefined && this.#unconfirmed.size === 0) this.#turn.release(this.#taker);
  }

  /** The channel was closed by this process: those that get no answer any more, oldest first. */
  remove(channel: AmqpChannel): readonly InFlightRequest[] {
    return this.#unconfirmed.remove(channel);
  }

  /** The channel is closed. */
  lost(channel: AmqpChannel, closed: ChannelEnd["closed"]): LostRequests {
    const unconfirmed = this.#unconfirmed.remove(channel);
    const [alone] = unconfirmed.length === 1 ? unconfirmed : [];
    // If the broker closed the connection, another publisher's message may be the reason.
    const wasAlone = closed === "connection" && alone === this.#lone && alone?.suspect === true;
    const offending = closed === "channel" || wasAlone ? alone : undefined;
    if (closed !== undefined) for (const { message } of unconfirmed) this.#proven.doubt(message.exchange);
    if (this.#lone?.channel === channel) this.#lone = undefined;
    if (this.#unconfirmed.size === 0) this.#turn.release(this.#taker);
    return { unconfirmed, offending };
  }

  /** Nothing is asked any more. */
  leave(): void {
    this.#turn.leave(this.#taker);
  }
}
