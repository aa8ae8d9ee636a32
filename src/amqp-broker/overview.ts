/** What a broker holds at one moment, for people and tests. */
import type { ServerExchangeType } from "./exchange.ts";
import type { ServerQueueType } from "./queue-arguments.ts";

/** One connection of a client. */
export interface ConnectionOverview {
  /** The name that the client gave to the connection, or else the address of the client. */
  readonly name: string;
  /** The address of the client. */
  readonly peer: string;
  /** The user name of the login. */
  readonly user: string;
  readonly virtualHost: string;
  /** How many channels are open. */
  readonly channels: number;
  /** An alarm stops the broker from reading this connection. */
  readonly blocked: boolean;
}

/** One queue. */
export interface QueueOverview {
  readonly virtualHost: string;
  readonly name: string;
  readonly type: ServerQueueType;
  readonly durable: boolean;
  /** The arguments of its declaration, as plain values. */
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Messages in the queue that wait for a consumer. */
  readonly ready: number;
  /** Messages that were delivered and are not acknowledged yet. */
  readonly unacknowledged: number;
  /** How many consumers it has. */
  readonly consumers: number;
  /** Messages that reached the queue since it was declared. */
  readonly published: number;
  /** Deliveries to consumers since then, repeated ones included. */
  readonly delivered: number;
  /** Messages that consumers acknowledged since then. */
  readonly acknowledged: number;
}

/** One exchange. */
export interface ExchangeOverview {
  readonly virtualHost: string;
  /** The name; "" for the default exchange. */
  readonly name: string;
  readonly type: ServerExchangeType;
}

/** How many messages the broker has handled since it started. */
export interface BrokerTotals {
  /** Messages that clients published. */
  readonly published: number;
  /** Deliveries to consumers, repeated ones included. */
  readonly delivered: number;
  /** Messages that consumers acknowledged. */
  readonly acknowledged: number;
  /** Published messages that reached no queue. */
  readonly unroutable: number;
}

/** The result of `broker.overview()`. */
export interface BrokerOverview {
  readonly connections: readonly ConnectionOverview[];
  readonly queues: readonly QueueOverview[];
  readonly exchanges: readonly ExchangeOverview[];
  readonly totals: BrokerTotals;
}
