/** What a broker contains at one moment, for people and tests. */
import type { ServerExchangeType } from "./exchange.ts";
import type { ServerQueueType } from "./queue-arguments.ts";

export interface ConnectionOverview {
  /** As the client calls itself; else its address. */
  readonly name: string;
  readonly peer: string;
  readonly user: string;
  readonly virtualHost: string;
  readonly channels: number;
  /** Held by an alarm. */
  readonly blocked: boolean;
}

export interface QueueOverview {
  readonly virtualHost: string;
  readonly name: string;
  readonly type: ServerQueueType;
  readonly durable: boolean;
  /** As it was declared, in plain values. */
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Messages that wait for a consumer. */
  readonly ready: number;
  /** Messages that consumers hold. */
  readonly unacknowledged: number;
  readonly consumers: number;
  /** Since the queue was declared. */
  readonly published: number;
  readonly delivered: number;
  readonly acknowledged: number;
}

export interface ExchangeOverview {
  readonly virtualHost: string;
  /** Empty for the default exchange. */
  readonly name: string;
  readonly type: ServerExchangeType;
}

/** Messages since the broker started. */
export interface BrokerTotals {
  /** By clients. */
  readonly published: number;
  readonly delivered: number;
  readonly acknowledged: number;
  /** Published, and taken by no queue. */
  readonly unroutable: number;
}

export interface BrokerOverview {
  readonly connections: readonly ConnectionOverview[];
  readonly queues: readonly QueueOverview[];
  readonly exchanges: readonly ExchangeOverview[];
  readonly totals: BrokerTotals;
}
