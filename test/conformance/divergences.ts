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
    case: "hands out first what came back to a quorum queue with a limit, in the order in which it came back",
    broker: "embedded",
    reason:
      "It puts each message back where it was, as a classic queue does: what comes back one by one in another order is in the old order again, and a higher priority that came meanwhile goes first.",
    rabbitmqVersion: "4.3.6",
  },
];
