import { describe, expect, it } from "vitest";
import { FakeConfirmChannel, FakeConnection } from "../../test/support/fake-confirm-channel.ts";
import { createSilentLogger } from "../log/logger.ts";
import { createDeferred, type Deferred } from "../util/deferred.ts";
import type { AmqpChannel } from "./channel.ts";
import { AmqpChannelError } from "./errors.ts";
import type { OutgoingMessage } from "./outgoing-message.ts";
import { publishOptions } from "./outgoing-message.ts";
import { type ChannelEnd, PublishingChannel, type PublishingChannelHost } from "./publishing-channel.ts";

const message: OutgoingMessage = {
  exchange: "",
  routingKey: "key",
  content: Buffer.alloc(0),
  properties: {},
  mandatory: false,
};

/** Sends nothing, and records its calls. */
class Host implements PublishingChannelHost {
  readonly ends: ChannelEnd[] = [];
  readonly hopes: (Error | undefined)[] = [];
  waiting = true;
  hasWaiting(): boolean {
    return this.waiting;
  }
  pump(): void {}
  opened(_channel: AmqpChannel): void {}
  lost(end: ChannelEnd): void {
    this.ends.push(end);
  }
  hopeless(error: Error | undefined): void {
    this.hopes.push(error);
    this.waiting = false;
  }
}

function channelOf(connection: FakeConnection, host: Host, declareAgain?: () => Promise<void>): PublishingChannel {
  const settings = { connection: connection.as(), logger: createSilentLogger(), host };
  return new PublishingChannel(declareAgain ? { ...settings, declareAgain } : settings);
}

async function opened(channel: PublishingChannel): Promise<void> {
  channel.open();
  while (!channel.writable) await turn();
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe("a publishing channel", () => {
  it("is opened once for all callers, and only while a publish waits", async () => {
    const connection = new FakeConnection(new FakeConfirmChannel(), new FakeConfirmChannel());
    const host = new Host();
    host.waiting = false;
    const channel = channelOf(connection, host);
    channel.open();
    await turn();
    expect(channel.current).toBeUndefined();
    host.waiting = true;
    channel.open();
    await opened(channel);
    expect(connection.left).toBe(1);
  });

  it("sends nothing on a closed channel, even if the close was not reported", async () => {
    const fake = new FakeConfirmChannel();
    const host = new Host();
    const channel = channelOf(new FakeConnection(fake), host);
    await opened(channel);
    fake.state = "closed";
    expect(channel.publish(message, publishOptions(message))).toBe(false);
    expect(channel.writable).toBe(false);
    // The caller first requeues what was not sent.
    expect(host.ends).toEqual([]);
    await turn();
    expect(host.ends).toHaveLength(1);
    expect(channel.current).toBeUndefined();
  });

  it("reports why the broker closed it", async () => {
    const fake = new FakeConfirmChannel();
    const host = new Host();
    const channel = channelOf(new FakeConnection(fake), host);
    await opened(channel);
    const text = "NOT_FOUND - no exchange 'gone' in vhost '/'";
    fake.end(new AmqpChannelError("ERR_AMQP_CHANNEL_CLOSED", text, { replyCode: 404, replyText: text }));
    const reply = { replyCode: 404, replyText: text };
    expect(host.ends).toEqual([{ reply, closed: "channel" }]);
    expect(channel.lastReason).toBe(text);
    channel.answered();
    expect(channel.lastReason).toBe("");
  });

  it("receives no events after it is discarded, and only its end while it is released", async () => {
    const fakes = [new FakeConfirmChannel(), new FakeConfirmChannel()];
    const host = new Host();
    const channel = channelOf(new FakeConnection(...fakes), host);
    await opened(channel);
    channel.discard(channel.release() as AmqpChannel);
    expect(fakes[0]?.state).toBe("closed");
    await opened(channel);
    expect(host.ends).toHaveLength(0);
    channel.release();
    fakes[1]?.end();
    expect(host.ends).toHaveLength(1);
  });

  it("declares everything again after the connection was lost, and opens whatever the result is", async () => {
    const connection = new FakeConnection(new FakeConfirmChannel(), new FakeConfirmChannel());
    const host = new Host();
    let declared = 0;
    const channel = channelOf(connection, host, () => {
      declared++;
      return Promise.reject(new Error("not now"));
    });
    await opened(channel);
    expect(declared).toBe(0);
    connection.tellLost();
    channel.release();
    await opened(channel);
    expect(declared).toBe(1);
  });

  it("sends nothing before everything is declared, even if another caller started the declaration", async () => {
    const connection = new FakeConnection(new FakeConfirmChannel());
    const declared: Deferred<void>[] = [];
    const channel = channelOf(connection, new Host(), () => {
      const one = createDeferred();
      declared.push(one);
      return one.promise;
    });
    connection.tellLost();
    // As the check of an exchange does when it finds a trusted one deleted.
    const byCheck = channel.declareAgain();
    channel.open();
    await turn();
    expect(channel.writable).toBe(false);
    expect(declared).toHaveLength(1);
    declared[0]?.resolve();
    await byCheck;
    await opened(channel);
    expect(declared).toHaveLength(1);
  });

  it("declares again what a lost connection may have deleted", async () => {
    const connection = new FakeConnection(new FakeConfirmChannel());
    let declared = 0;
    const channel = channelOf(connection, new Host(), async () => {
      if (++declared === 1) connection.tellLost();
    });
    connection.tellLost();
    await opened(channel);
    expect(declared).toBe(2);
  });

  it("declares again what could not be declared without a connection", async () => {
    const connection = new FakeConnection(new FakeConfirmChannel());
    const declaredWhile: string[] = [];
    const channel = channelOf(connection, new Host(), () => {
      declaredWhile.push(connection.state);
      return connection.state === "connected" ? Promise.resolve() : Promise.reject(new Error("no connection"));
    });
    connection.state = "reconnecting";
    connection.tellLost();
    await channel.declareAgain();
    connection.state = "connected";
    await opened(channel);
    expect(declaredWhile).toEqual(["reconnecting", "connected"]);
  });

  it("is opened when the connection returns at the moment when no caller waited for it", async () => {
    const connection = new FakeConnection(new FakeConfirmChannel());
    const host = new Host();
    const channel = channelOf(connection, host);
    host.pump = () => {
      if (host.waiting) channel.open();
      if (channel.writable) host.waiting = false;
    };
    connection.open = async () => {
      connection.state = "reconnecting";
      // After the check of the state, and before the opening has ended.
      queueMicrotask(() =>
        queueMicrotask(() => {
          connection.state = "connected";
          connection.tell("opened");
        }),
      );
      connection.open = async () => {};
    };
    channel.open();
    for (let turns = 0; turns < 5; turns++) await turn();
    expect(channel.writable).toBe(true);
  });

  it("rejects what waits when the connection is closed for good", async () => {
    const connection = new FakeConnection();
    const host = new Host();
    const channel = channelOf(connection, host);
    connection.open = () => {
      connection.state = "closed";
      return Promise.reject(new Error("closed"));
    };
    channel.open();
    await turn();
    expect(host.hopes).toEqual([undefined]);
  });
});
