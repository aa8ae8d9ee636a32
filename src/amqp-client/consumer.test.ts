import { describe, expect, it } from "vitest";
import { createSilentLogger } from "../log/logger.ts";
import type { AmqpChannel } from "./channel.ts";
import type { AmqpConnection } from "./connection.ts";
import { Consumer } from "./consumer.ts";
import type { ChannelEvents } from "./session/channel-contract.ts";

/** As much of a channel as a consumer uses. */
class FakeChannel {
  readonly #listeners: Partial<ChannelEvents>[] = [];
  readonly #end: "closes" | "cancels" | "lives";
  #deliver: ((message: null) => void) | undefined;

  constructor(end: "closes" | "cancels" | "lives") {
    this.#end = end;
  }

  async prefetch(): Promise<void> {}

  /** The broker's confirmation and the end are in the same bytes, so the end comes before the code that awaits the confirmation continues. */
  consume(_queue: string, deliver: (message: null) => void): Promise<void> {
    this.#deliver = deliver;
    const yes = Promise.resolve();
    if (this.#end === "closes") this.end();
    if (this.#end === "cancels") this.#deliver(null);
    return yes;
  }

  async cancel(): Promise<void> {}

  async close(): Promise<void> {
    this.end();
  }

  subscribe(events: Partial<ChannelEvents>): () => void {
    this.#listeners.push(events);
    return () => {};
  }

  end(): void {
    for (const listener of this.#listeners.splice(0)) listener.closed?.(undefined);
  }
}

/** A connection that is always open, and returns these channels in turn. */
function connectionWith(...channels: FakeChannel[]): AmqpConnection {
  const fake = {
    state: "connected",
    subscribe: () => () => {},
    openChannel: async () => channels.shift() as unknown as AmqpChannel,
  };
  return fake as unknown as AmqpConnection;
}

function consumerOf(connection: AmqpConnection): Consumer {
  return new Consumer({ connection, queue: "queue", prefetch: 1, logger: createSilentLogger(), onDelivery: () => {} });
}

describe("a consumer whose channel ends just when the broker confirms it", () => {
  it.each(["closes", "cancels"] as const)("(%s) does not count as consuming at its start", async (end) => {
    const consumer = consumerOf(connectionWith(new FakeChannel(end)));
    await expect(consumer.start()).rejects.toMatchObject({ code: "ERR_AMQP_CONSUME" });
    expect(consumer.state).toBe("starting");
    expect(consumer.trouble).toBeDefined();
    await consumer.close();
  });

  it.each(["closes", "cancels"] as const)("(%s) continues to open another channel", async (end) => {
    const first = new FakeChannel("lives");
    const consumer = consumerOf(connectionWith(first, new FakeChannel(end), new FakeChannel("lives")));
    await consumer.start();
    first.end();
    expect(consumer.state).toBe("reopening");
    while (consumer.state !== "consuming") await new Promise((resolve) => setImmediate(resolve));
    expect(consumer.trouble).toBeUndefined();
    await consumer.close();
    expect(consumer.state).toBe("closed");
  });
});

describe("a consumer", () => {
  it("says why it is paused, until it resumes", async () => {
    const consumer = consumerOf(connectionWith(new FakeChannel("lives")));
    await consumer.start();
    const before = consumer.since;
    await consumer.pause("the reason");
    expect(consumer).toMatchObject({ state: "paused", trouble: "the reason" });
    expect(consumer.since).toBeGreaterThanOrEqual(before);
    await consumer.resume();
    expect(consumer).toMatchObject({ state: "consuming", trouble: undefined });
    await consumer.close();
    expect(consumer.trouble).toBeDefined();
  });

  it("that starts paused opens nothing until it is resumed", async () => {
    const channels = [new FakeChannel("lives")];
    const consumer = consumerOf(connectionWith(...channels));
    consumer.startPaused("the reason");
    expect(consumer).toMatchObject({ state: "paused", trouble: "the reason" });
    await consumer.setPrefetch(2);
    await consumer.release();
    expect(consumer.state).toBe("paused");
    await consumer.resume();
    while (consumer.state !== "consuming") await new Promise((resolve) => setImmediate(resolve));
    await consumer.close();
  });

  it("declares its queue again after a reconnect, also while it is paused", async () => {
    let opened = (): void => {};
    const first = new FakeChannel("lives");
    const connection = {
      ...connectionWith(first, new FakeChannel("lives")),
      subscribe: (events: { opened(): void }) => {
        opened = events.opened;
        return () => {};
      },
    } as unknown as AmqpConnection;
    const redeclared: (() => void)[] = [];
    const redeclare = (): Promise<void> => new Promise((resolve) => redeclared.push(resolve));
    const settings = { connection, queue: "queue", prefetch: 1, logger: createSilentLogger(), onDelivery: () => {} };
    const consumer = new Consumer({ ...settings, redeclare });
    await consumer.start();
    await consumer.pause("the reason");
    Object.assign(connection, { state: "reconnecting" });
    first.end();
    await new Promise((resolve) => setImmediate(resolve));
    Object.assign(connection, { state: "connected" });
    opened();
    while (redeclared.length === 0) await new Promise((resolve) => setImmediate(resolve));
    redeclared[0]?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect(consumer).toMatchObject({ state: "paused", trouble: "the reason" });
    await consumer.resume();
    while (redeclared.length === 1) await new Promise((resolve) => setImmediate(resolve));
    redeclared[1]?.();
    while (consumer.state !== "consuming") await new Promise((resolve) => setImmediate(resolve));
    await consumer.close();
  });
});
