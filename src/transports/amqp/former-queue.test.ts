import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { AmqpConnection, ConnectionEvents } from "../../amqp-client/connection.ts";
import { AmqpChannelError } from "../../amqp-client/errors.ts";
import { createSilentLogger } from "../../log/logger.ts";
import { FormerQueue } from "./former-queue.ts";
import type { SubscriptionPlan } from "./plan.ts";
import type { Subscription } from "./subscription/subscription.ts";
import type { TopologySettings } from "./topology.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A connection whose every question is answered as `answer` says. */
class Connection {
  state: AmqpConnection["state"] = "connected";
  answer: () => unknown = () => ({ messageCount: 1, consumerCount: 1 });
  readonly #listeners = new Set<Partial<ConnectionEvents>>();

  subscribe(events: Partial<ConnectionEvents>): () => void {
    this.#listeners.add(events);
    return () => this.#listeners.delete(events);
  }

  async withChannel(): Promise<unknown> {
    return this.answer();
  }

  lose(): void {
    this.state = "reconnecting";
    for (const { lost } of [...this.#listeners]) lost?.(new Error("lost"));
  }

  comeBack(): void {
    this.state = "connected";
    for (const { opened } of [...this.#listeners]) opened?.();
  }
}

it("consumes no more when another instance has deleted the queue while the connection was lost", async () => {
  const connection = new Connection();
  const calls: string[] = [];
  const noted = (name: string) => async (): Promise<void> => void calls.push(name);
  const subscription = { inFlight: 0, health: () => ({ state: "reopening" }) };
  for (const name of ["start", "stopTaking", "ended", "close"]) Object.assign(subscription, { [name]: noted(name) });
  const former = new FormerQueue({
    name: "old",
    plan: { patterns: [], formerPatterns: [] } as unknown as SubscriptionPlan,
    topology: { connection, logger: createSilentLogger() } as unknown as TopologySettings,
    returnExchange: "return",
    subscribe: () => subscription as unknown as Subscription,
  });
  former.start();
  await vi.advanceTimersByTimeAsync(0);
  expect(calls).toEqual(["start"]);
  connection.answer = () => {
    connection.lose();
    throw new Error("lost");
  };
  await vi.advanceTimersByTimeAsync(2000);
  expect(connection.state).toBe("reconnecting");
  connection.answer = () => {
    throw new AmqpChannelError("ERR_AMQP_CHANNEL_CLOSED", "no queue 'old'", { replyCode: 404, replyText: "no queue" });
  };
  connection.comeBack();
  await vi.advanceTimersByTimeAsync(0);
  expect(calls).toEqual(["start", "stopTaking", "ended", "close"]);
  expect(former.health()).toBeUndefined();
  await former.close();
});
