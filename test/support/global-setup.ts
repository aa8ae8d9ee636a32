// Gives the integration tests their broker: the one named by TOMODACHI_TEST_AMQP_URL, else a private node for this run,
// of the release that TOMODACHI_TEST_RABBITMQ_VERSION names.
import type { TestProject } from "vitest/node";
import {
  findRelease,
  howToInstall,
  installRelease,
  type RabbitMqAccess,
  startRabbitMq,
} from "../../scripts/rabbitmq.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Which broker the integration tests of a project talk to. */
    brokerKind: "rabbitmq" | "embedded";
    /** Undefined without RabbitMQ: tests that need one are skipped. */
    amqpUrl: string | undefined;
    /** How to administer the broker; only of a private node, never of a user's own. */
    rabbitMq: RabbitMqAccess | undefined;
  }
}

/** Returns what to do after the last test. */
export default async function setUp(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const { TOMODACHI_TEST_AMQP_URL: given } = process.env;
  const absence = given ? undefined : await prepare();
  if (absence) announce(absence);
  if (given || absence) {
    project.provide("amqpUrl", given || undefined);
    project.provide("rabbitMq", undefined);
    return undefined;
  }
  const node = await startRabbitMq({ name: "test" });
  project.provide("amqpUrl", node.url);
  project.provide("rabbitMq", node.access);
  return () => node.stop();
}

/** Installs the requested release if it is missing; says why there is no RabbitMQ, if it cannot. */
async function prepare(): Promise<string | undefined> {
  const { TOMODACHI_TEST_RABBITMQ_VERSION: version } = process.env;
  if (version) {
    return installRelease(version).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
  }
  return findRelease() ? undefined : `No RabbitMQ on this machine and no TOMODACHI_TEST_AMQP_URL. ${howToInstall}`;
}

function announce(absence: string): void {
  const { REQUIRE_RABBITMQ: required } = process.env;
  if (required === "1") throw new Error(`REQUIRE_RABBITMQ=1, but: ${absence}`);
  process.stderr.write(`\n!!! SKIPPING EVERY TEST THAT NEEDS A BROKER: ${absence}\n\n`);
}
