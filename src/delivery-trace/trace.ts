/** Where a message with a routing key would go, and what prevents that it arrives: the trace as data. */

export interface DeliveryTrace {
  /** As it was given. */
  readonly routingKey: string;
  /** With the prefix of the service, and encoded. */
  readonly onTheWire: string;
  readonly exchange: string;
  /** The broker, without a password. */
  readonly address: string;
  /** Why the broker was not asked; null where it was. */
  readonly brokerUnseen: string | null;
  /** What is wrong with the publish itself, a sentence each. */
  readonly publish: readonly string[];
  readonly matched: readonly TracedHandler[];
  readonly notMatched: readonly MissedHandler[];
  /** A key that a handler gets, where none gets this one and the two are similar; otherwise null. */
  readonly similarKey: string | null;
  /** The other queues to which the broker gives the message; null if its bindings were not seen. */
  readonly others: readonly Destination[] | null;
  /** Why the bindings were not seen; null where they were. */
  readonly bindingsUnseen: string | null;
}

/** A queue or an exchange that gets the message from the exchange. */
export interface Destination {
  readonly kind: "queue" | "exchange";
  readonly name: string;
  /** The key of the binding that matches. */
  readonly pattern: string;
}

/** A handler whose queue gets the message. */
export interface TracedHandler {
  readonly service: string;
  readonly handler: string;
  readonly queue: string;
  /** Why it matches. */
  readonly by: string;
  /** The state of the queue, as far as it was seen. */
  readonly state: TracedQueue | null;
  /** What prevents that the handler gets it, a sentence each; empty when nothing that was seen does. */
  readonly obstacles: readonly string[];
  /** What could not be seen, and what else is worth knowing. */
  readonly notes: readonly string[];
}

export interface TracedQueue {
  readonly messages: number;
  readonly consumers: number;
}

export interface MissedHandler {
  readonly service: string;
  readonly handler: string;
  readonly queue: string;
  readonly exchange: string;
  readonly why: string;
}

/** Whether some handler gets the message, as far as it was seen. */
export function arrives({ publish, matched }: DeliveryTrace): boolean {
  return publish.length === 0 && matched.some(({ obstacles }) => obstacles.length === 0);
}
