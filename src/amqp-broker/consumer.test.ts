/** One consumer's credit. */
import { describe, expect, it } from "vitest";
import { FakeQueueHost } from "../../test/support/fake-queue-host.ts";
import { storedMessage } from "../../test/support/stored-messages.ts";
import { ServerConsumer, type ServerConsumerHost, type ServerConsumerSettings } from "./consumer.ts";
import type { QueuedMessage } from "./message.ts";
import type { Queue } from "./queue.ts";

class FakeChannel implements ServerConsumerHost {
  hasRoom = true;
  canSend = true;
  readonly delivered: QueuedMessage[] = [];
  readonly ended: string[] = [];

  deliver(_consumer: ServerConsumer, entry: QueuedMessage): void {
    this.delivered.push(entry);
  }

  cancelled({ tag }: ServerConsumer): void {
    this.ended.push(tag);
  }
}

function consumer(settings: Partial<ServerConsumerSettings> = {}): {
  channel: FakeChannel;
  queue: Queue;
  consumer: ServerConsumer;
} {
  const channel = new FakeChannel();
  const queue = new FakeQueueHost().queue();
  const all = {
    tag: "c",
    queue,
    noAck: false,
    exclusive: false,
    priority: 0,
    prefetch: 0,
    timeoutMs: 1000,
    ...settings,
  };
  const made = new ServerConsumer(channel, all);
  queue.addConsumer(made);
  return { channel, queue, consumer: made };
}

function publish(queue: Queue, count: number): void {
  for (; count > 0; count--) queue.publish(storedMessage());
}

describe("Consumer", () => {
  it("takes as many deliveries as its prefetch, and one more for each settled delivery", () => {
    const { channel, queue, consumer: taker } = consumer({ prefetch: 2 });
    publish(queue, 5);
    expect(channel.delivered).toHaveLength(2);
    taker.settled();
    queue.deliver();
    expect(channel.delivered).toHaveLength(3);
  });

  it("takes any number without a prefetch or when it does not acknowledge", () => {
    for (const settings of [{}, { prefetch: 1, noAck: true }]) {
      const { channel, queue } = consumer(settings);
      publish(queue, 50);
      expect(channel.delivered).toHaveLength(50);
    }
  });

  it("takes nothing while its connection cannot send or after it ended", () => {
    const { channel, queue, consumer: taker } = consumer({ noAck: true });
    channel.canSend = false;
    publish(queue, 1);
    channel.canSend = true;
    taker.end();
    queue.deliver();
    expect(channel.delivered).toEqual([]);
  });

  it("ends when its queue is deleted, and notifies its channel", () => {
    const { channel, queue, consumer: taker } = consumer();
    queue.removed();
    expect(channel.ended).toEqual(["c"]);
    expect(taker.canTake).toBe(false);
  });
});
