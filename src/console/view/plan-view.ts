/** What of a service the page of the console knows before a message moves: its subscriptions, and what is around them. */

/** Sent once to each page that opens. */
export interface PlanView {
  /** `run`: the process that runs the services. `broker`: a broker, seen from outside. */
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
  /** Names it in the live state: `orders.onPaid order.*.paid`. */
  readonly id: string;
  readonly service: string;
  readonly handler: string;
  /** The key of a contract as written, else the pattern of the decorator. */
  readonly patterns: readonly string[];
  readonly exchange: string;
  readonly queue: string;
  readonly queueType: string;
  readonly deadLetterQueue: string;
  readonly retryDelaysMs: readonly number[];
  /** The parameters of the key, by name, for the publish form. */
  readonly keyParameters: readonly string[];
  /** The words of a key with parameters, as `order.{id}.paid`; otherwise undefined. */
  readonly keyTemplate: string | undefined;
  /** What the data must be, as JSON Schema; undefined where the schema's library cannot say it. */
  readonly schema: JsonSchema | undefined;
  /** The library of the schema; undefined without one. */
  readonly schemaVendor: string | undefined;
  /** The body is text or bytes: there is no envelope. */
  readonly isText: boolean;
}

/** A schedule or a route: it has no queue. */
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
