/** What the page knows of a service before any message: its subscriptions, and what belongs to them. */

/** Sent once to each page that opens. */
export interface PlanView {
  /** `run`: the process runs the services. `broker`: a broker seen from outside. */
  readonly mode: "run" | "broker";
  /** Whether the page may publish, replay and pause. */
  readonly mayChange: boolean;
  readonly version: string;
  /** The brokers, without passwords. */
  readonly brokers: readonly string[];
  readonly services: readonly string[];
  readonly subscriptions: readonly SubscriptionView[];
  readonly others: readonly OtherHandlerView[];
  readonly retryQueues: readonly RetryQueueView[];
}

/** One queue, the keys that lead to it, and the handler that consumes it. */
export interface SubscriptionView {
  /** The name of the subscription in the live state: `orders.onPaid order.*.paid`. */
  readonly id: string;
  readonly service: string;
  readonly handler: string;
  /** The key of a contract as it was written, or else the pattern in the decorator. */
  readonly patterns: readonly string[];
  readonly exchange: string;
  /** `topic`, `direct`, `fanout` or `headers`; "" if it is not known. */
  readonly exchangeType: string;
  readonly queue: string;
  readonly queueType: string;
  readonly deadLetterQueue: string;
  readonly retryDelaysMs: readonly number[];
  /** The names of the key's parameters, for the publish form. */
  readonly keyParameters: readonly string[];
  /** A key with parameters, such as `order.{id}.paid`; undefined if the key has none. */
  readonly keyTemplate: string | undefined;
  /** The schema of the data as JSON Schema; undefined if the library cannot provide it. */
  readonly schema: JsonSchema | undefined;
  /** The library of the schema; undefined without a schema. */
  readonly schemaVendor: string | undefined;
  /** Whether the body is text or bytes, because there is no envelope. */
  readonly isText: boolean;
}

/** A schedule or a route, which has no queue. */
export interface OtherHandlerView {
  readonly service: string;
  readonly handler: string;
  readonly label: string;
}

/** A queue in which copies wait for their next run. */
export interface RetryQueueView {
  readonly service: string;
  readonly queue: string;
  readonly delayMs: number;
}

/** The part of JSON Schema (draft 2020-12) that the publish form understands. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly format?: string;
  readonly items?: JsonSchema | boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
}
