/** What a service is, as data: what `tomodachi describe --json` prints, and what its other forms are made of. */
import type { DescribedHttp } from "../transports/http/described-http.ts";

export interface ServiceDescription {
  readonly service: string;
  /** Brokers and virtual hosts that the service uses; empty if it has no AMQP handlers. */
  readonly connections: readonly ConnectionDescription[];
  readonly handlers: readonly HandlerDescription[];
  readonly http: DescribedHttp | null;
  readonly schedules: readonly ScheduleDescription[];
  /** Handlers of transports that are not part of the package. */
  readonly others: readonly OtherHandler[];
}

export interface ConnectionDescription {
  /** `default`, or the name in `options.amqp.connections`. */
  readonly name: string;
  /** Where the broker is, without a password. */
  readonly address: string;
  readonly exchanges: readonly { readonly name: string; readonly type: string }[];
  readonly queues: readonly QueueDescription[];
  readonly bindings: readonly { readonly exchange: string; readonly routingKey: string; readonly queue: string }[];
}

export type QueuePurpose = "messages" | "dead letters" | "retries" | "lost retries" | "note of a schedule";

export interface QueueDescription {
  /** Of a queue that each instance has for itself, with `<instance>` in place of the instance. */
  readonly name: string;
  readonly purpose: QueuePurpose;
  readonly type: "quorum" | "classic";
  /** Each instance has one. */
  readonly perInstance: boolean;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** A handler of messages. */
export interface HandlerDescription {
  readonly handler: string;
  readonly connection: string;
  readonly exchange: { readonly name: string; readonly type: string };
  readonly patterns: readonly PatternDescription[];
  readonly queue: string;
  readonly perInstance: boolean;
  readonly deadLetterQueue: string;
  readonly retry: RetryDescription | null;
  readonly prefetch: number;
  readonly concurrency: number;
  readonly timeoutSeconds: number | null;
  /** The most messages of one call, where messages are handled together. */
  readonly batchSize: number | null;
  /** What the handler returns is sent back. */
  readonly answers: boolean;
  /** The library of the schema that data goes through. */
  readonly schema: string | null;
  /** Who declares queue and bindings: this service (true), or another tool. */
  readonly declare: boolean | "verify";
}

export interface PatternDescription {
  /** As it is written. */
  readonly pattern: string;
  /** As the queue is bound: with prefix, and encoded. */
  readonly boundAs: string;
  /** The key of the contract that the pattern is of. */
  readonly contract: string | null;
}

/** Durations as in options: "5s", "1m". */
export interface RetryDescription {
  readonly delays: readonly string[];
  /** All runs, the first one included. */
  readonly attempts: number;
  /** Retries at once, in the process. */
  readonly quick: number;
}

export interface ScheduleDescription {
  readonly handler: string;
  readonly name: string;
  /** As a person reads it. */
  readonly when: string;
  /** One run for all instances, by way of this queue; null where each instance runs it. */
  readonly queue: string | null;
  readonly deadLetterQueue: string | null;
}

export interface OtherHandler {
  readonly handler: string;
  readonly transport: string;
  /** As it is written. */
  readonly trigger: string;
}
