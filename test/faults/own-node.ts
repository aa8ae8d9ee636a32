// A RabbitMQ of a test file's own, for what the run's shared one must not suffer: it is stopped, killed and started again.
import { describe } from "vitest";
import { findRelease, type RabbitMqNode, startRabbitMq } from "../../scripts/rabbitmq.ts";
import { brokerKind } from "../support/broker.ts";

/** Tests that stop the broker; skipped without RabbitMQ, and in the run on the embedded broker. */
export const describeWithOwnNode: typeof describe.skip =
  brokerKind === "rabbitmq" && findRelease() ? describe : describe.skip;

export function startOwnNode(name: string): Promise<RabbitMqNode> {
  return startRabbitMq({ name });
}
