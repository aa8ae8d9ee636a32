/** What the methods of a channel may use: where they act, for whom, and how they answer. */
import type { FrameWriter } from "../amqp-wire/frame-writer.ts";
import type { Method } from "../amqp-wire/methods.ts";
import type { Access, Right } from "./access.ts";
import type { ReplyError } from "./errors.ts";
import type { ChannelLimits } from "./options.ts";
import type { VirtualHost } from "./virtual-host.ts";

/** Where the channels of a connection write their frames. */
export interface ServerOutput {
  readonly writer: FrameWriter;
  /** Written frames are sent at the end of this turn. */
  flushSoon(): void;
  /** The channel has something to add right before that: confirms of the whole turn in one frame. */
  beforeFlush(add: () => void): void;
}

/** What a channel needs of its connection. */
export interface ServerChannelHost {
  readonly user: string;
  readonly virtualHost: VirtualHost;
  readonly access: Access;
  readonly output: ServerOutput;
  readonly limits: ChannelLimits;
  /** The client asked for a notification when the broker cancels a consumer. */
  readonly consumerCancelNotify: boolean;
  /** False while the client reads too slowly: deliveries wait in their queues. */
  readonly canSend: boolean;
  /** Ends a channel, or the connection, outside of a method. */
  fail(channel: number, error: ReplyError): void;
}

/** One channel of one connection, for the methods that act in its name. */
export class ChannelScope {
  readonly number: number;
  readonly host: ServerChannelHost;
  /** The empty queue name means this one. */
  lastQueue: string | undefined;

  constructor(number: number, host: ServerChannelHost) {
    this.number = number;
    this.host = host;
  }

  get virtualHost(): VirtualHost {
    return this.host.virtualHost;
  }

  /** @throws a channel error, ACCESS_REFUSED */
  check(right: Right, kind: "exchange" | "queue", name: string): void {
    this.host.access.check(this.host.user, this.virtualHost.name, right, kind, name);
  }

  /** @throws a channel error, ACCESS_REFUSED */
  checkAny(kind: "exchange" | "queue", name: string): void {
    this.host.access.checkAny(this.host.user, this.virtualHost.name, kind, name);
  }

  send(method: Method): void {
    const { output } = this.host;
    output.writer.method(this.number, method);
    output.flushSoon();
  }
}
