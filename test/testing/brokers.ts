// The testing kit on both brokers: the same tests must pass on the embedded one and on RabbitMQ.
import { describe } from "vitest";
import { amqpUrl } from "../support/broker.ts";

/** What `startService` takes for its broker. */
export interface TestedBroker {
  readonly url: string | undefined;
  /** Longer than the default, which is for a machine that does nothing else. */
  readonly timeout: "20s";
}

/** Describes once for each broker; RabbitMQ is skipped if it is not installed. */
export function describeOnBothBrokers(title: string, tests: (broker: TestedBroker) => void): void {
  describe(`${title}, on the embedded broker`, () => tests({ url: undefined, timeout: "20s" }));
  const describeRabbitMq = amqpUrl === undefined ? describe.skip : describe;
  describeRabbitMq(`${title}, on RabbitMQ`, () => tests({ url: amqpUrl, timeout: "20s" }));
}
