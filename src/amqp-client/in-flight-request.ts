/** One request that has no reply yet: it ends once, with a reply or an error, and releases its timer and its signal. */
import { randomUUID } from "node:crypto";
import type { AmqpChannel } from "./channel.ts";
import type { OutgoingMessage } from "./outgoing-message.ts";
import type { ReceivedMessage } from "./session/received-message.ts";

export interface InFlightRequestSettings {
  readonly message: OutgoingMessage;
  /** The maximum size of the frame with its properties; 0 if every frame is large enough. */
  readonly propertyBytes: number;
  /** It may be what the broker closed the channel for. */
  readonly suspect: boolean;
  /** As its clock says, in milliseconds. */
  readonly deadline: number;
  resolve(reply: ReceivedMessage): void;
  reject(error: Error): void;
  ended(): void;
}

export class InFlightRequest {
  /** The correlation id: that of the message, which is new for each request, so that a late reply matches no request. */
  readonly id: string;
  /** The channel of the request and its reply; undefined until it is sent. */
  channel: AmqpChannel | undefined;
  cancelTimer: () => void = () => {};
  forgetSignal: () => void = () => {};
  readonly #settings: InFlightRequestSettings;
  #ended = false;

  constructor(settings: InFlightRequestSettings) {
    this.#settings = settings;
    this.id = settings.message.properties.correlationId ?? randomUUID();
  }

  get message(): OutgoingMessage {
    return this.#settings.message;
  }
  get propertyBytes(): number {
    return this.#settings.propertyBytes;
  }
  get suspect(): boolean {
    return this.#settings.suspect;
  }
  get deadline(): number {
    return this.#settings.deadline;
  }
  get ended(): boolean {
    return this.#ended;
  }

  succeed(reply: ReceivedMessage): void {
    if (this.#end()) this.#settings.resolve(reply);
  }

  fail(error: Error): void {
    if (this.#end()) this.#settings.reject(error);
  }

  #end(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    this.cancelTimer();
    this.forgetSignal();
    this.#settings.ended();
    return true;
  }
}
