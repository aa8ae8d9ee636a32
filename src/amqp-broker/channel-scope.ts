/** What the methods of a channel may use: where they act, for whom, and how they answer. */
import type { FrameWriter } from "../amqp-wire/frame-writer.ts";
import type { Method } from "../amqp-wire/methods.ts";
import type { Clock } from "../util/clock.ts";
import type { Access, Right } from "./access.ts";
import type { ReplyError } from "./errors.ts";
import type { VirtualHost } from "./virtual-host.ts";

/** What a channel needs of its connection. */
export interface ChannelHost {
  readonly user: string;
  readonly virtualHost: VirtualHost;
  readonly access: Access;
  readonly clock: Clock;
  readonly writer: FrameWriter;
  readonly maxMessageBytes: number;
  /** 0 is forever. */
  readonly consumerTimeoutSeconds: number;
  /** The client asked to be told when the broker cancels a consumer. */
  readonly consumerCancelNotify: boolean;
  /** False while the client reads too slowly: deliveries wait in their queues. */
  readonly canSend: boolean;
  /** What was written goes out at the end of this turn. */
  flushSoon(): void;
  /** The channel has something to add right before that: confirms of the whole turn in one frame. */
  beforeFlush(add: () => void): void;
  /** Ends a channel, or the connection, outside of a method. */
  fail(channel: number, error: ReplyError): void;
}

/** One channel of one connection, for the methods that act in its name. */
export class ChannelScope {
  readonly number: number;
  readonly host: ChannelHost;
  /** The empty queue name means this one. */
  lastQueue: string | undefined;

  constructor(number: number, host: ChannelHost) {
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
    this.host.writer.method(this.number, method);
    this.host.flushSoon();
  }
}
