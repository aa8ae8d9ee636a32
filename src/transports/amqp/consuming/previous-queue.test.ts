import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { AmqpConnection } from "../../../amqp-client/connection.ts";
import type { ConnectionEvents } from "../../../amqp-client/connection-events.ts";
import { AmqpChannelError } from "../../../amqp-client/errors.ts";
import { createSilentLogger } from "../../../log/logger.ts";
import type { SubscriptionPlan } from "../options/plan.ts";
import type { TopologySettings } from "../topology/topology.ts";
import { PreviousQueue } from "./previous-queue.ts";
import type { Subscription } from "./subscription.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A connection whose every question is answered as `answer` says. */
class Connection {
  state: AmqpConnection["state"] = "connected";
  answer: () => unknown = () => ({ messageCount: 0, consumerCount: 0 });
  /** The methods of channels that were called, in order. */
  readonly asked: string[] = [];
  readonly #listeners = new Set<Partial<ConnectionEvents>>();

  subscribe(events: Partial<ConnectionEvents>): () => void {
    this.#listeners.add(events);
    return () => this.#listeners.delete(events);
  }

  async withChannel(act: (channel: unknown) => unknown): Promise<unknown> {
    const noted = (_: unknown, method: string) => () => {
      this.asked.push(method);
      return this.answer();
    };
    return act(new Proxy({}, { get: noted }));
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

interface Started {
  readonly connection: Connection;
  readonly calls: string[];
  readonly subscription: { state: string };
  readonly previous: PreviousQueue;
}

async function startPrevious(connection = new Connection()): Promise<Started> {
  const calls: string[] = [];
  const noted = (name: string) => async (): Promise<void> => void calls.push(name);
  const subscription = { state: "consuming", health: () => ({ state: subscription.state }) };
  for (const name of ["start", "stopTaking", "ended", "close"]) Object.assign(subscription, { [name]: noted(name) });
  const previous = new PreviousQueue({
    name: "old",
    plan: {
      handler: { name: "on" },
      queue: { declare: true, queueName: "new" },
      bindings: { patterns: ["key"], previousPatterns: [] },
    } as unknown as SubscriptionPlan,
    topology: {
      connection,
      logger: createSilentLogger(),
      options: { naming: { routingKeyPrefix: "" } },
    } as unknown as TopologySettings,
    returnExchange: "return",
    pauses: { reasonOf: () => undefined },
    subscribe: () => subscription as unknown as Subscription,
  });
  previous.start();
  await vi.advanceTimersByTimeAsync(0);
  return { connection, calls, subscription, previous };
}

const noQueue = (): never => {
  throw new AmqpChannelError("ERR_AMQP_CHANNEL_CLOSED", "no queue 'old'", { replyCode: 404, replyText: "no queue" });
};

it("a previous queue is never deleted, however long it is empty and has no other consumer", async () => {
  const { connection, calls, previous } = await startPrevious();
  await vi.advanceTimersByTimeAsync(24 * 3_600_000);
  expect(connection.asked).toEqual(["checkQueue", "bindQueue", "unbindQueue", "unbindQueue"]);
  expect(calls).toEqual(["start"]);
  await previous.close();
});

it("a previous queue keeps one subscription, and its bindings are removed once, over reconnects", async () => {
  const { connection, calls, subscription, previous } = await startPrevious();
  for (let loss = 0; loss < 20; loss++) {
    subscription.state = "reopening";
    connection.answer = () => {
      connection.lose();
      throw new Error("lost");
    };
    await vi.advanceTimersByTimeAsync(2000);
    expect(connection.state).toBe("reconnecting");
    connection.answer = () => ({ messageCount: 0, consumerCount: 0 });
    subscription.state = "consuming";
    connection.comeBack();
    await vi.advanceTimersByTimeAsync(0);
  }
  expect(calls).toEqual(["start"]);
  expect(connection.asked.filter((method) => method === "unbindQueue")).toHaveLength(2);
  await previous.close();
});

it("consuming stops when the previous queue was deleted", async () => {
  const { connection, calls, subscription, previous } = await startPrevious();
  subscription.state = "reopening";
  connection.answer = noQueue;
  await vi.advanceTimersByTimeAsync(2000);
  expect(calls).toEqual(["start", "stopTaking", "ended", "close"]);
  expect(previous.health()).toBeUndefined();
  await previous.close();
});

it("a stop aborts runs that are left from a deleted previous queue", async () => {
  const { connection, calls, subscription, previous } = await startPrevious();
  let end = (): void => {};
  const running = new Promise<void>((resolve) => {
    end = resolve;
  });
  const abortRuns = async (): Promise<void> => {
    calls.push("abortRuns");
    end();
  };
  Object.assign(subscription, { ended: () => running, abortRuns });
  subscription.state = "reopening";
  connection.answer = noQueue;
  await vi.advanceTimersByTimeAsync(2000);
  const stopped = previous.stopTaking();
  await previous.abortRuns(new Error("the grace period is over"), Promise.resolve());
  await stopped;
  expect(calls).toEqual(["start", "stopTaking", "abortRuns", "close"]);
  await previous.close();
});

it("consuming does not continue when the previous queue was deleted while the connection was lost", async () => {
  const { connection, calls, subscription, previous } = await startPrevious();
  subscription.state = "reopening";
  connection.answer = () => {
    connection.lose();
    throw new Error("lost");
  };
  await vi.advanceTimersByTimeAsync(2000);
  connection.answer = noQueue;
  connection.comeBack();
  await vi.advanceTimersByTimeAsync(0);
  expect(calls).toEqual(["start", "stopTaking", "ended", "close"]);
  await previous.close();
});

it("nothing happens when there is no previous queue", async () => {
  const connection = new Connection();
  connection.answer = noQueue;
  const { calls, previous } = await startPrevious(connection);
  expect(calls).toEqual([]);
  await previous.close();
});
