/** Which handler of this process consumes which queue: two services on one queue would handle each other's messages. */
import { AmqpError } from "../../../amqp-client/errors.ts";

/** The consumer of a queue. */
export interface QueueClaim {
  /** Broker and virtual host. */
  readonly broker: string;
  readonly queue: string;
  readonly service: string;
  readonly method: string;
  /** As errors name the handler. */
  readonly label: string;
  /** Handlers of several services may share it, as in the python profile. */
  readonly shares: boolean;
}

export class QueueClaims {
  readonly #claims = new Map<string, QueueClaim>();

  /** Throws when another service, or another method, of this run consumes the queue. Instances of one service compete for it. */
  add(claim: QueueClaim): void {
    const key = JSON.stringify([claim.broker, claim.queue]);
    const other = this.#claims.get(key);
    if (!other) {
      this.#claims.set(key, claim);
      return;
    }
    if ((other.service === claim.service && other.method === claim.method) || (other.shares && claim.shares)) return;
    throw new AmqpError(
      "ERR_AMQP_QUEUE_SHARED",
      `${claim.label} and ${other.label} both consume the queue "${claim.queue}": each service would get messages of the other. Give one of them another queueName; a service that needs its own copy of the messages needs its own queue.`,
    );
  }
}

const claimsKey = Symbol("amqp queue claims");

/** Those of a run, which all its services share. */
export function sharedClaims(shared: Map<symbol, unknown>): QueueClaims {
  const claims = (shared.get(claimsKey) as QueueClaims | undefined) ?? new QueueClaims();
  shared.set(claimsKey, claims);
  return claims;
}
