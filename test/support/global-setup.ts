// Gives the integration tests their broker: the one named by TOMODACHI_TEST_AMQP_URL, else a private node for this run.
import type { TestProject } from "vitest/node";
import { findRabbitMq, howToInstall, type RabbitMqAccess, startRabbitMq } from "../../scripts/rabbitmq.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Which broker the integration tests of a project talk to. */
    brokerKind: "rabbitmq" | "embedded";
    /** Undefined where there is no RabbitMQ: what needs one is skipped. */
    amqpUrl: string | undefined;
    /** How to administer the broker; only of a private node, never of somebody's own. */
    rabbitMq: RabbitMqAccess | undefined;
  }
}

/** Returns what to do after the last test. */
export default async function setUp(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const { TOMODACHI_TEST_AMQP_URL: given } = process.env;
  if (given || !findRabbitMq()) {
    if (!given) announceAbsence();
    project.provide("amqpUrl", given || undefined);
    project.provide("rabbitMq", undefined);
    return undefined;
  }
  const node = await startRabbitMq({ name: "test" });
  project.provide("amqpUrl", node.url);
  project.provide("rabbitMq", node.access);
  return () => node.stop();
}

function announceAbsence(): void {
  const absence = `No RabbitMQ on this machine and no TOMODACHI_TEST_AMQP_URL. ${howToInstall}`;
  const { REQUIRE_RABBITMQ: required } = process.env;
  if (required === "1") throw new Error(`REQUIRE_RABBITMQ=1, but: ${absence}`);
  process.stderr.write(`\n!!! SKIPPING EVERY TEST THAT NEEDS A BROKER: ${absence}\n\n`);
}
