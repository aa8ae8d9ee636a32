// What integration tests share: the broker of this run, names of their own on it, virtual hosts of their own in it.
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, inject } from "vitest";
import { runCtl } from "../../scripts/rabbitmq-ctl.ts";
import type {} from "./global-setup.ts";

export { connectForeign, type ForeignConnection } from "./foreign-connection.ts";

/** The broker's URL; undefined where there is none, and then `describeWithBroker` skips. */
export const amqpUrl: string | undefined = inject("amqpUrl");

/** True when the broker belongs to this run: then `ctl` and `createVirtualHost` work. */
export const isPrivateBroker: boolean = inject("rabbitMq") !== undefined;

/** Tests that need a broker; skipped without one. */
export const describeWithBroker: typeof describe.skip = amqpUrl === undefined ? describe.skip : describe;

/** Tests that administer the broker as well: skipped when it is somebody's own. */
export const describeWithPrivateBroker: typeof describe.skip = isPrivateBroker ? describe : describe.skip;

/** A name that no other test uses. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(6).toString("hex")}`;
}

/** Runs a rabbitmqctl command on this run's broker: `ctl("list_queues", "name", "type", "--formatter", "json")`. */
export function ctl(...parameters: readonly string[]): Promise<string> {
  const access = inject("rabbitMq");
  if (!access)
    throw new Error(`rabbitmqctl ${parameters[0]}: this run's broker is not ours. Use describeWithPrivateBroker.`);
  return runCtl(access, ...parameters);
}

export interface VirtualHost extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
}

/** A virtual host of the test's own, deleted with all it holds when disposed. */
export async function createVirtualHost(prefix = "test"): Promise<VirtualHost> {
  const name = uniqueName(prefix);
  await ctl("add_vhost", name);
  await ctl("set_permissions", "-p", name, "guest", ".*", ".*", ".*");
  return {
    name,
    url: `${amqpUrl}/${encodeURIComponent(name)}`,
    [Symbol.asyncDispose]: async () => void (await ctl("delete_vhost", name)),
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
