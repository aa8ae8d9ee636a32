import { describe, expect, it } from "vitest";
import { FakeConfirmChannel, FakeConnection } from "../../test/support/fake-confirm-channel.ts";
import { createSilentLogger } from "../log/logger.ts";
import { createVirtualClock } from "../testing/virtual-clock.ts";
import { AmqpChannelError } from "./errors.ts";
import { Requester } from "./requester.ts";

function requesterOn(...channels: FakeConfirmChannel[]) {
  const declared: string[] = [];
  const connection = new FakeConnection(...channels);
  const clock = createVirtualClock({ now: 1_000_000 });
  const requester = new Requester({
    connection: connection.as(),
    logger: createSilentLogger(),
    clock,
    maxMessageBytes: 1000,
    declareAgain: async () => void declared.push("again"),
  });
  const ask = async (routingKey: string, timeoutMs = 10_000, exchange = ""): Promise<string> => {
    const message = { exchange, routingKey, content: Buffer.alloc(0), properties: {}, mandatory: true };
    return (await requester.ask(message, { timeoutMs })).content.toString();
  };
  return { connection, clock, requester, ask, declared };
}

async function sent(channel: FakeConfirmChannel, count: number): Promise<void> {
  while (channel.published.length < count) await new Promise((resolve) => setImmediate(resolve));
}

/** The first request to an exchange goes alone: when it is confirmed, the others follow. */
async function confirmFirst(channel: FakeConfirmChannel): Promise<void> {
  await sent(channel, 1);
  channel.published[0]?.answer();
}

describe("a requester", () => {
  it("delivers each reply to its request, and ignores replies without a request", async () => {
    const channel = new FakeConfirmChannel();
    const { requester, ask } = requesterOn(channel);
    const [first, second] = [ask("a"), ask("b")];
    await confirmFirst(channel);
    await sent(channel, 2);
    channel.reply("unknown", "lost");
    channel.reply(channel.published[1]?.options.correlationId, "for b");
    channel.reply(channel.published[0]?.options.correlationId, "for a");
    channel.reply(channel.published[0]?.options.correlationId, "again");
    expect(await Promise.all([first, second])).toEqual(["for a", "for b"]);
    expect(requester.inFlight).toBe(0);
  });

  it("expires a request after its own timeout, which includes the wait before it is sent", async () => {
    const channel = new FakeConfirmChannel();
    const { connection, clock, ask } = requesterOn(channel);
    connection.blocked = true;
    const asked = ask("a", 5000);
    asked.catch(() => {});
    await clock.advance("2000ms");
    connection.blocked = false;
    connection.tell("unblocked");
    await sent(channel, 1);
    expect(channel.published[0]?.options.expiration).toBe(3000);
    await clock.advance("3000ms");
    await expect(asked).rejects.toMatchObject({ code: "ERR_AMQP_REQUEST_TIMEOUT" });
  });

  it("says that a request was never sent, and why", async () => {
    const { connection, clock, ask } = requesterOn(new FakeConfirmChannel());
    connection.blocked = true;
    const asked = ask("a", 5000);
    asked.catch(() => {});
    await clock.advance("5000ms");
    await expect(asked).rejects.toThrow("it was never sent, because the broker blocks publishes");
  });

  it("says so when a request was sent but the broker does not read", async () => {
    const channel = new FakeConfirmChannel();
    const { connection, clock, ask } = requesterOn(channel);
    const asked = ask("a", 5000);
    asked.catch(() => {});
    await sent(channel, 1);
    connection.blocked = true;
    await clock.advance("5000ms");
    await expect(asked).rejects.toThrow("it was sent, and the broker blocks publishes");
  });

  it("uses a new channel after a refusal, still gets the replies of the old one, and then closes that", async () => {
    const [old, fresh] = [new FakeConfirmChannel(), new FakeConfirmChannel()] as const;
    const { ask } = requesterOn(old, fresh);
    const [kept, refused] = [ask("kept"), ask("refused")];
    refused.catch(() => {});
    await confirmFirst(old);
    await sent(old, 2);
    old.published[1]?.answer(new Error("nack"));
    await expect(refused).rejects.toMatchObject({ code: "ERR_AMQP_PUBLISH_REFUSED", replyText: undefined });
    const next = ask("next");
    await sent(fresh, 1);
    expect(old.published).toHaveLength(2);
    expect(old.state).toBe("open");
    old.reply(old.published[0]?.options.correlationId, "late");
    expect(await kept).toBe("late");
    expect(old.state).toBe("closed");
    fresh.reply(fresh.published[0]?.options.correlationId, "new");
    expect(await next).toBe("new");
  });

  it("fails only the requests that were sent on a lost channel", async () => {
    const [old, fresh] = [new FakeConfirmChannel(), new FakeConfirmChannel()] as const;
    const { ask, requester } = requesterOn(old, fresh);
    const [first, refused] = [ask("first"), ask("refused")];
    first.catch(() => {});
    refused.catch(() => {});
    await confirmFirst(old);
    await sent(old, 2);
    old.published[1]?.answer(new Error("nack"));
    const second = ask("second");
    await sent(fresh, 1);
    old.end();
    await expect(first).rejects.toMatchObject({ code: "ERR_AMQP_REQUEST_LOST" });
    expect(requester.inFlight).toBe(1);
    fresh.reply(fresh.published[0]?.options.correlationId, "here");
    expect(await second).toBe("here");
  });

  it.each(["dies", "closed"] as const)("sends on another channel what the first (%s) did not accept", async (state) => {
    const [bad, good] = [new FakeConfirmChannel(), new FakeConfirmChannel()] as const;
    bad.state = state;
    const { ask } = requesterOn(bad, good);
    const asked = ask("a");
    await sent(good, 1);
    good.reply(good.published[0]?.options.correlationId, "yes");
    expect(await asked).toBe("yes");
  });

  it("does not check its own exchange before a request, and declares it again when it was deleted", async () => {
    const channels = [new FakeConfirmChannel(), new FakeConfirmChannel()] as const;
    const { connection, requester, ask, declared } = requesterOn(...channels);
    const checks: string[] = [];
    const gone = "NOT_FOUND - no exchange 'own' in vhost '/'";
    const closed = new AmqpChannelError("ERR_AMQP_CHANNEL_CLOSED", gone, { replyCode: 404, replyText: gone });
    connection.withChannel = async () => {
      checks.push(declared.length > 0 ? "there" : "gone");
      if (declared.length > 0) return;
      throw closed;
    };
    requester.trustExchange("own");
    const lost = ask("a", 10_000, "own");
    await sent(channels[0], 1);
    expect(checks).toEqual([]);
    channels[0].end(closed);
    await expect(lost).rejects.toMatchObject({ code: "ERR_AMQP_EXCHANGE_NOT_FOUND" });
    const asked = ask("b", 10_000, "own");
    await sent(channels[1], 1);
    channels[1].reply(channels[1].published[0]?.options.correlationId, "for b");
    expect(await asked).toBe("for b");
    expect(checks).toEqual(["gone", "there"]);
  });

  it("sends the first request to an exchange alone, on a channel where no other request waits for a reply", async () => {
    const [busy, trial] = [new FakeConfirmChannel(), new FakeConfirmChannel()] as const;
    const { requester, ask } = requesterOn(busy, trial);
    requester.trustExchange("other");
    const waits = ask("waits");
    await confirmFirst(busy);
    const [first, second] = [ask("first", 10_000, "other"), ask("second", 10_000, "other")];
    await sent(trial, 1);
    trial.published[0]?.answer();
    await sent(trial, 2);
    expect(busy.published).toHaveLength(1);
    for (const { options } of trial.published) trial.reply(options.correlationId, "yes");
    busy.reply(busy.published[0]?.options.correlationId, "at last");
    expect(await Promise.all([waits, first, second])).toEqual(["at last", "yes", "yes"]);
  });

  it("lets others use the connection when a request that waited to be alone is given up", async () => {
    const channel = new FakeConfirmChannel();
    const { connection, requester, ask } = requesterOn(channel);
    const other = { inFlight: 1, pump: () => {} };
    connection.publishTurn.join(other);
    const cancel = new AbortController();
    const message = { exchange: "", routingKey: "a", content: Buffer.alloc(0), properties: {}, mandatory: true };
    const asked = requester.ask(message, { timeoutMs: 10_000, suspect: true, signal: cancel.signal });
    asked.catch(() => {});
    await new Promise((resolve) => setImmediate(resolve));
    expect(connection.publishTurn.heldBesides(other)).toBe(true);
    cancel.abort();
    await expect(asked).rejects.toMatchObject({ code: "ERR_AMQP_REQUEST_CANCELLED" });
    expect(connection.publishTurn.heldBesides(other)).toBe(false);
    const next = ask("b");
    await confirmFirst(channel);
    channel.reply(channel.published[0]?.options.correlationId, "yes");
    expect(await next).toBe("yes");
  });

  it("fails all requests when it is closed, and every later one", async () => {
    const channel = new FakeConfirmChannel();
    const { ask, requester } = requesterOn(channel);
    const asked = ask("a");
    asked.catch(() => {});
    await sent(channel, 1);
    await requester.close();
    await expect(asked).rejects.toMatchObject({ code: "ERR_AMQP_CLOSED" });
    await expect(ask("b")).rejects.toMatchObject({ code: "ERR_AMQP_CLOSED" });
    expect(channel.state).toBe("closed");
  });

  it("opens another channel when the broker cancels the consumer of replies", async () => {
    const [old, fresh] = [new FakeConfirmChannel(), new FakeConfirmChannel()] as const;
    const { ask } = requesterOn(old, fresh);
    const asked = ask("a");
    asked.catch(() => {});
    await sent(old, 1);
    old.cancelConsumer();
    await expect(asked).rejects.toMatchObject({ code: "ERR_AMQP_REQUEST_LOST" });
    const again = ask("b");
    await sent(fresh, 1);
    fresh.reply(fresh.published[0]?.options.correlationId, "yes");
    expect(await again).toBe("yes");
  });
});
