/** Observers inside a run: telemetry, metrics, the testing kit. Without observers, a message has no extra cost. */
import type { MessageSource } from "./envelope.ts";
import type { HandlerFunction } from "./handler.ts";
import type { ServiceInstance } from "./instance.ts";
import type {
  DeliveryObserver,
  ObservedBatch,
  ObservedConnection,
  ObservedDelivery,
  ObservedRun,
  ObservedSending,
  SendingObserver,
  WorkObserver,
} from "./observed-work.ts";
import type { Outcome } from "./outcome.ts";

/**
 * Called for events as they happen. Every method is optional. Errors are not caught: a method must not throw. What begins
 * (`sending`, `delivered`, `batch`, `run`) may return an object that receives the rest of it; undefined:
 * no further events of this one.
 */
export interface RunObserver {
  /** A handler's queue exists and is bound; deliveries come after this. */
  subscribed?(subscription: ObservedSubscription): void;
  /** What a service made for messages that wait for another run. */
  declared?(made: ObservedDeclaration): void;
  /** A handler is about to be called: its middleware, if any, called `next`. */
  called?(call: ObservedCall): void;
  /** A message has its outcome, which has been carried out: acknowledged, requeued, or copied and acknowledged. */
  settled?(settlement: ObservedSettlement): void;
  /** The broker has confirmed a publish. */
  published?(publish: ObservedPublish): void;
  /** A publish, a request or a reply starts, in the turn in which the service asked for it. */
  sending?(sending: ObservedSending): SendingObserver | undefined;
  /** A delivery has its turn. */
  delivered?(delivery: ObservedDelivery): DeliveryObserver | undefined;
  /** A handler is called with a batch. Each of its messages is a delivery as well, which lasts longer. */
  batch?(batch: ObservedBatch): WorkObserver | undefined;
  /** A handler runs that no message of AMQP caused. */
  run?(run: ObservedRun): WorkObserver | undefined;
  /** A connection opened, was lost, is blocked or not any more. */
  connection?(event: ObservedConnection): void;
}

/** Where a handler's messages come from, and where they end when they fail. */
export interface ObservedSubscription {
  readonly service: ServiceInstance;
  readonly handler: string;
  /** As written in the decorator. */
  readonly patterns: readonly string[];
  readonly queueName: string;
  readonly deadLetterQueue: string;
  /** The data a handler would get for a message; rejects when it cannot be read. */
  read(message: MessageSource & { readonly content: Buffer }): Promise<unknown>;
}

/** Names on the broker. */
export interface ObservedDeclaration {
  readonly queues: readonly string[];
  readonly exchanges: readonly string[];
}

export interface ObservedCall {
  readonly service: ServiceInstance;
  readonly handler: string;
  readonly data: unknown;
  readonly context: unknown;
}

export interface ObservedSettlement {
  readonly service: ServiceInstance;
  readonly handler: string;
  /** The object that the call had; undefined when the message could not be read, and so was never handled. */
  readonly context: object | undefined;
  readonly outcome: Outcome;
}

export interface ObservedPublish {
  readonly service: ServiceInstance;
  readonly data: unknown;
  /** The same object that was passed to the publish. */
  readonly options: object;
  readonly exchangeName: string;
  /** As given: without prefix, not encoded. */
  readonly routingKey: string;
  readonly body: Buffer;
  readonly properties: Readonly<Record<string, unknown>>;
  /** It reached no queue. */
  readonly returned: boolean;
}

/** The same handler, with the observer called around each call. The handler itself if the observer has no method for calls. */
export function observedCall(
  observer: RunObserver | undefined,
  service: ServiceInstance,
  handler: string,
  call: HandlerFunction,
): HandlerFunction {
  if (!observer?.called) return call;
  return (data, context) => {
    observer.called?.({ service, handler, data, context });
    return call(data, context);
  };
}
