/**
 * Events of work in progress: a message that is sent, a delivery, a run, a batch. The listener answers the first event with its own object,
 * which receives the later events. Telemetry and metrics are such listeners.
 */
import type { ServiceInstance } from "./instance.ts";
import type { DeadLetterReason, Outcome } from "./outcome.ts";

/** The broker that a message went to, or came from. */
export interface ObservedServer {
  readonly address: string;
  readonly port: number;
}

/** The fields of the message in every send and every delivery. */
export interface ObservedMessage {
  /** The exchange on the wire; "" is the default exchange. */
  readonly exchange: string;
  /** The routing key on the wire: with its prefix, encoded. */
  readonly routingKey: string;
  readonly messageId: string | undefined;
  readonly correlationId: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  /** AMQP's basic properties, by their names in camelCase. */
  readonly properties: object;
  /** The body, which must not be changed. Copy it to keep it: it may be part of a larger buffer. */
  readonly content: Buffer;
  /** The size of the body. */
  readonly bytes: number;
}

/** A message that a service starts to send. A request lasts until its reply was read. */
export interface ObservedSending {
  readonly kind: "publish" | "request" | "reply";
  readonly service: ServiceInstance;
  readonly exchange: string;
  /** The key that was passed, without prefix; for a reply, the queue that it goes to. */
  readonly routingKey: string;
  /**
   * The key of a contract, as it was written: `order.{id}.paid`. It contains no ids. Undefined without a contract. For a reply it is the
   * key of its request's contract, or the pattern of the handler.
   */
  readonly template: string | undefined;
  /** Undefined without a connection. */
  readonly server: ObservedServer | undefined;
  /**
   * True if no handler or request of the process caused it, for example an occurrence of a schedule: it does not belong to the active
   * trace. @default false
   */
  readonly startsTrace?: boolean | undefined;
}

/** Receives the result of one send. */
export interface SendingObserver {
  /** The message is built, and sent next. A repeated request is built again. Returns headers to add, if any. */
  built?(message: ObservedMessage): Readonly<Record<string, unknown>> | undefined;
  /** Called once. */
  ended(end: SendingEnd): void;
}

export interface SendingEnd {
  /** Why it failed; undefined when the broker confirmed, or the reply was read. */
  readonly error?: unknown;
  /** Whether it reached no queue, which is not an error. */
  readonly returned?: boolean;
}

/** A delivery that is read and handled next. Members are created when they are read. */
export interface ObservedDelivery extends ObservedMessage {
  /** Identifies the delivery; a batch names its messages by it. */
  readonly key: object;
  readonly service: ServiceInstance;
  readonly handler: string;
  readonly queueName: string;
  /** The name of the queue without what is of one instance, so that there are few of them. */
  readonly queueTemplate: string;
  /** Where the message was first published. A copy arrives by another route. */
  readonly origin: Pick<ObservedMessage, "exchange" | "routingKey">;
  /** The key of a contract, as it was written, or else the pattern of the subscription. */
  readonly template: string;
  readonly redelivered: boolean;
  /** Counts the runs of the message, from 1, as `context.attempt` does. */
  readonly attempt: number;
  /** Whether it came back from a delayed retry. */
  readonly isRetry: boolean;
  /** Whether it was replayed from a dead-letter queue. */
  readonly isReplay: boolean;
  /** When it was published, in seconds since 1970, if its sender says so. AMQP has whole seconds only. */
  readonly timestamp: number | undefined;
  readonly server: ObservedServer | undefined;
}

/** Receives the result of one delivery. */
export interface DeliveryObserver {
  /** Calls `work` once and returns its result: everything that is done with the delivery, its handler's run among it. */
  around?<T>(work: () => T): T;
  /** The handler, with its middleware, is called next. */
  called?(context: object): void;
  /** The run failed, and after a pause another follows in this process. */
  runsAgain?(again: { readonly pauseMs: number; readonly error: unknown }): void;
  /** A copy is made next: returns headers for the copy, if any. A header that the message has is not replaced. */
  copying?(kind: ObservedCopy["kind"]): Readonly<Record<string, unknown>> | undefined;
  /** The broker has the copy, and the message is acknowledged. `ended` follows. */
  copied?(copy: ObservedCopy): void;
  /** Called once: the delivery is settled. */
  ended(end: DeliveryEnd): void;
}

/** A copy of a message that failed. */
export type ObservedCopy =
  | { readonly kind: "retry"; readonly delayMs: number; readonly reason: DeadLetterReason; readonly error: unknown }
  | {
      readonly kind: "dead-letter";
      readonly queueName: string;
      readonly reason: DeadLetterReason;
      readonly error: unknown;
    };

export interface DeliveryEnd {
  /** What really happened to the message. */
  readonly outcome: Outcome;
  /** Whether the message was handled before, so that its handler was not called and it is acknowledged. */
  readonly duplicate: boolean;
  /** The error of its run, also if the message is requeued for another reason. */
  readonly error: unknown;
}

/** A batch whose handler is called next. */
export interface ObservedBatch {
  readonly service: ServiceInstance;
  readonly handler: string;
  readonly queueName: string;
  readonly queueTemplate: string;
  /** The `key` of each delivery in it. */
  readonly keys: readonly object[];
}

/** A run of a handler that no message of AMQP caused: of a schedule, or of a user's own transport. */
export interface ObservedRun {
  readonly service: ServiceInstance;
  readonly handler: string;
  /** As its decorator is written: `@schedule("every 5m") orders.clean`. */
  readonly label: string;
  /** The headers of the request that is answered: the run belongs to the trace of the client. Undefined if there is no client. */
  readonly requestHeaders?: Readonly<Record<string, unknown>> | undefined;
}

/** Receives the result of one batch, or of one run. */
export interface WorkObserver {
  /** Calls `work` once and returns its result. */
  around?<T>(work: () => T): T;
  /** Called once; with what the handler threw, if it did. */
  ended(error?: unknown): void;
}

/** What happened to a connection. */
export type ObservedConnection = {
  readonly service: ServiceInstance;
  readonly purpose: "publishing" | "consuming";
  /** The name of the connection in the options of the service; undefined for the default one. */
  readonly connection: string | undefined;
  readonly server: ObservedServer | undefined;
} & (
  | { readonly kind: "opened" /** Whether it was lost before. */; readonly again: boolean }
  | { readonly kind: "lost"; readonly error: Error }
  | { readonly kind: "blocked"; readonly reason: string }
  | { readonly kind: "unblocked" }
);
