// The only places where a broker may fail a case; each must really fail there, with a reason that users can read.
import type { BrokerAdmin } from "./conformance-case.ts";

export interface Divergence {
  readonly area: string;
  /** The case's title. */
  readonly case: string;
  /** Which of the two fails it. */
  readonly broker: BrokerAdmin["kind"];
  /** One sentence: what it does instead, and why that stays. */
  readonly reason: string;
  /** The RabbitMQ that this was seen with. */
  readonly rabbitmqVersion: string;
}

export const divergences: readonly Divergence[] = [];
