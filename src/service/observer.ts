/** Who watches a run from inside: the testing kit does. While nobody watches, nothing here costs a message anything. */
import type { MessageSource } from "./envelope.ts";
import type { HandlerFunction } from "./handler.ts";
import type { ServiceInstance } from "./instance.ts";
import type { Outcome } from "./outcome.ts";

/** Told what happens, as it happens. Nothing it throws is caught: it must not throw. */
export interface RunObserver {
  /** A handler's queue stands and is bound; deliveries come after this. */
  subscribed(subscription: ObservedSubscription): void;
  /** What a service made for messages that wait for another run. */
  declared(made: ObservedDeclaration): void;
  /** A handler is about to be called: its middleware, if any, called `next`. */
  called(call: ObservedCall): void;
  /** A message has its outcome, and what follows from it is done: acknowledged, put back, or copied and acknowledged. */
  settled(settlement: ObservedSettlement): void;
  /** The broker has confirmed a publish. */
  published(publish: ObservedPublish): void;
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
  /** The very object that was given to the publish. */
  readonly options: object;
  readonly exchangeName: string;
  /** As given: without prefix, not encoded. */
  readonly routingKey: string;
  readonly body: Buffer;
  readonly properties: Readonly<Record<string, unknown>>;
  /** It reached no queue. */
  readonly returned: boolean;
}

/** The same handler, with the observer told of each call. */
export function observedCall(
  observer: RunObserver,
  service: ServiceInstance,
  handler: string,
  call: HandlerFunction,
): HandlerFunction {
  return (data, context) => {
    observer.called({ service, handler, data, context });
    return call(data, context);
  };
}
