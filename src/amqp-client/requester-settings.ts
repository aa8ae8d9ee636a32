/** What the asking side of requests is given: once, and with each request. */
import type { Logger } from "../log/logger.ts";
import type { Clock } from "../util/clock.ts";
import type { AmqpConnection } from "./connection.ts";

export interface RequesterSettings {
  readonly connection: AmqpConnection;
  readonly logger: Logger;
  /** What the time of a request is measured by. */
  readonly clock: Clock;
  readonly maxMessageBytes: number;
  declareAgain?(): Promise<void>;
  /** Look for an exchange before the first request to it. @default true */
  readonly looksForExchanges?: boolean | undefined;
}

export interface AskOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** It was asked before, and lost: it may be what the broker closed the channel for, and goes alone. @default false */
  readonly suspect?: boolean | undefined;
  /** Whether its exchange is looked for before the first request to it. @default `looksForExchanges` */
  readonly looks?: boolean | undefined;
}
