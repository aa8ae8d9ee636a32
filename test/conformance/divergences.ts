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

export const divergences: readonly Divergence[] = [
  {
    area: "priorities",
    case: "delivers requeued messages of a quorum queue with a delivery limit first, in the order in which they were requeued",
    broker: "embedded",
    reason:
      "It puts each requeued message back in its original place, as a classic queue does. So messages that are requeued one by one in another order are in the original order again, and a newer message with a higher priority is delivered first.",
    rabbitmqVersion: "4.3.6",
  },
];
