// What integration tests share: the broker of this run, names of their own on it, virtual hosts of their own in it.
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, inject } from "vitest";
import { runCtl } from "../../scripts/rabbitmq-ctl.ts";
import { startBroker } from "../../src/amqp-broker/broker.ts";
import { type ForeignConnection, openForeign } from "./foreign-connection.ts";
import type {} from "./global-setup.ts";
import { embeddedOperator, type Operator, rabbitMqOperator } from "./operator.ts";

export type { ForeignConnection } from "./foreign-connection.ts";
export type { Operator } from "./operator.ts";

/** "embedded" in the project that runs the same tests on the embedded broker: one for each file, in its own process. */
export const brokerKind: "rabbitmq" | "embedded" = inject("brokerKind");

const access = inject("rabbitMq");
const embedded = brokerKind === "embedded" ? await startBroker() : undefined;
if (embedded) afterAll(() => embedded.stop());

/** The broker's URL; undefined without a broker, and then `describeWithBroker` skips. */
export const amqpUrl: string | undefined = embedded?.url ?? inject("amqpUrl");

const ownOperator = embedded ? embeddedOperator(embedded) : access && rabbitMqOperator(access);

/** True when the broker belongs to this run: then `operator` and `createVirtualHost` work. */
export const isPrivateBroker: boolean = ownOperator !== undefined;

/** Tests that need a broker; skipped without one. */
export const describeWithBroker: typeof describe.skip = amqpUrl === undefined ? describe.skip : describe;

/** Tests that administer the broker as well: skipped on a user's own broker. */
export const describeWithPrivateBroker: typeof describe.skip = isPrivateBroker ? describe : describe.skip;

const created: string[] = [];

/** A name that no other test uses. */
export function uniqueName(prefix: string): string {
  const name = `${prefix}-${randomBytes(6).toString("hex")}`;
  created.push(name);
  return name;
}

/** What `uniqueName` gave to the tests of this file. */
export function createdNames(): readonly string[] {
  return created;
}

/** Administers this run's broker. */
export function operator(): Operator {
  if (ownOperator) return ownOperator;
  throw new Error("This run's broker is not ours. Use describeWithPrivateBroker.");
}

/** Runs a rabbitmqctl command on this run's RabbitMQ: `ctl("list_queues", "name", "type", "--formatter", "json")`. */
export function ctl(...parameters: readonly string[]): Promise<string> {
  if (!access) throw new Error(`rabbitmqctl ${parameters[0]}: this run's broker is not a RabbitMQ of ours.`);
  return runCtl(access, ...parameters);
}

/** Connects to the broker of this run, or to another URL. */
export function connectForeign(url: string | undefined = amqpUrl): Promise<ForeignConnection> {
  return openForeign(url);
}

export interface VirtualHost extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
}

/** A virtual host of the test's own, deleted with all it holds when disposed. */
export async function createVirtualHost(prefix = "test"): Promise<VirtualHost> {
  const name = uniqueName(prefix);
  await operator().addVirtualHost(name);
  return {
    name,
    url: `${amqpUrl}/${encodeURIComponent(name)}`,
    [Symbol.asyncDispose]: () => operator().removeVirtualHost(name),
  };
}

export interface UntilOptions {
  /** @default 10 seconds */
  readonly timeoutMs?: number;
  /** What is waited for, to be read after "waited for". */
  readonly what: string;
}

/**
 * Asks again and again, until the answer is neither undefined, null nor false, and resolves with it. A predicate that
 * throws fails at once.
 */
export async function until<T>(
  predicate: () => T | Promise<T>,
  options: UntilOptions,
): Promise<Exclude<Awaited<T>, false | null | undefined>> {
  const { timeoutMs = 10_000, what } = options;
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await predicate();
    if (answer !== undefined && answer !== null && answer !== false) {
      return answer as Exclude<Awaited<T>, false | null | undefined>;
    }
    if (Date.now() > deadline) throw new Error(`Waited ${timeoutMs} ms for ${what}; the last answer was ${answer}.`);
    await sleep(20);
  }
}
