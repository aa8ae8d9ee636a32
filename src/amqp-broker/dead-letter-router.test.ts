/** Dead letters that arrive, are dropped, or wait until a queue takes them. */
import { describe, expect, it } from "vitest";
import { FakeQueueHost, type PlainArguments } from "../../test/support/fake-queue-host.ts";
import { bodyOf, storedMessage } from "../../test/support/stored-messages.ts";
import { createVirtualClock, type VirtualClock } from "../testing/virtual-clock.ts";
import { type DeadLetterHost, DeadLetterRouter } from "./dead-letter-router.ts";
import type { Message } from "./message.ts";
import { profileOf } from "./profile.ts";
import type { Queue } from "./queue.ts";

const atLeastOnce = {
  "x-queue-type": "quorum",
  "x-overflow": "reject-publish",
  "x-dead-letter-strategy": "at-least-once",
};
const againMs = 180_000;

class Exchanges implements DeadLetterHost {
  readonly profile = profileOf();
  readonly clock: VirtualClock = createVirtualClock();
  readonly router = new DeadLetterRouter(this);
  /** Every attempt, and those that arrived. */
  readonly tried: string[] = [];
  readonly arrived: string[] = [];
  open = true;
  takes: (body: string) => boolean = () => true;

  queue(plain: PlainArguments): Queue {
    return new FakeQueueHost(this.clock).queue({ arguments: { "x-dead-letter-exchange": "dead", ...plain } });
  }

  publishDeadLetter(message: Message): boolean {
    const body = bodyOf(message);
    this.tried.push(body);
    if (!this.open || !this.takes(body)) return false;
    this.arrived.push(body);
    return true;
  }

  die(queue: Queue, from: number, to = from): void {
    for (let body = from; body <= to; body++) this.router.take(queue, storedMessage({ body: `${body}` }), "rejected");
  }
}

function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `${from + index}`);
}

describe("at most once", () => {
  it("drops a message that no queue accepts", () => {
    const host = new Exchanges();
    const queue = host.queue({});
    host.die(queue, 1);
    host.open = false;
    host.die(queue, 2, 50);
    expect(host.arrived).toEqual(["1"]);
    expect(host.tried).toHaveLength(50);
    expect([host.router.waiting(queue), host.clock.pending]).toEqual([0, 0]);
  });

  it("does nothing for a queue without a dead-letter exchange", () => {
    const host = new Exchanges();
    host.die(new FakeQueueHost(host.clock).queue(), 1);
    expect(host.tried).toEqual([]);
  });
});

describe("at least once", () => {
  it("does not keep messages that arrived", () => {
    const host = new Exchanges();
    const queue = host.queue(atLeastOnce);
    host.die(queue, 1, 40);
    expect(host.arrived).toEqual(numbers(1, 40));
    expect([host.router.waiting(queue), host.clock.pending]).toEqual([0, 0]);
  });

  it("retries every three minutes until a queue accepts the message", async () => {
    const host = new Exchanges();
    const queue = host.queue(atLeastOnce);
    host.open = false;
    host.die(queue, 1, 3);
    await host.clock.advance(`${againMs - 1}ms`);
    expect(host.tried).toEqual(numbers(1, 3));
    await host.clock.advance("1ms");
    expect(host.tried).toEqual([...numbers(1, 3), ...numbers(1, 3)]);
    expect(host.router.waiting(queue)).toBe(3);
    host.open = true;
    await host.clock.advance(`${againMs}ms`);
    expect(host.arrived).toEqual(numbers(1, 3));
    expect([host.router.waiting(queue), host.clock.pending]).toEqual([0, 0]);
  });

  it("delivers other messages while fewer than 32 are stuck", () => {
    const host = new Exchanges();
    const queue = host.queue(atLeastOnce);
    host.takes = (body) => Number(body) > 31;
    host.die(queue, 1, 50);
    expect(host.arrived).toEqual(numbers(32, 50));
    expect(host.router.waiting(queue)).toBe(31);
  });

  it("stops after 32 stuck messages, and loses none", async () => {
    const host = new Exchanges();
    const queue = host.queue(atLeastOnce);
    host.takes = (body) => Number(body) > 32;
    host.die(queue, 1, 100);
    expect(host.tried).toEqual(numbers(1, 32));
    expect([host.arrived, host.router.waiting(queue)]).toEqual([[], 100]);
    await host.clock.advance(`${againMs}ms`);
    expect(host.tried).toHaveLength(64);
    host.takes = (body) => Number(body) > 10;
    await host.clock.advance(`${againMs}ms`);
    expect(host.arrived).toEqual(numbers(11, 100));
    expect(host.router.waiting(queue)).toBe(10);
    host.takes = () => true;
    await host.clock.advance(`${againMs}ms`);
    expect(new Set(host.arrived)).toEqual(new Set(numbers(1, 100)));
    expect(host.arrived).toHaveLength(100);
    expect(host.clock.pending).toBe(0);
  });

  it("does not delay one queue because of another", () => {
    const host = new Exchanges();
    const [stuck, free] = [host.queue(atLeastOnce), host.queue(atLeastOnce)];
    host.open = false;
    host.die(stuck, 1, 40);
    host.open = true;
    host.die(free, 100);
    expect(host.arrived).toEqual(["100"]);
    expect([host.router.waiting(stuck), host.router.waiting(free)]).toEqual([40, 0]);
  });

  it("drops its messages and its timer when the queue is deleted", async () => {
    const host = new Exchanges();
    const queue = host.queue(atLeastOnce);
    host.open = false;
    host.die(queue, 1, 40);
    host.router.forget(queue);
    expect([host.router.waiting(queue), host.clock.pending]).toEqual([0, 0]);
    host.open = true;
    await host.clock.advance(`${againMs}ms`);
    expect(host.arrived).toEqual([]);
    host.router.forget(host.queue(atLeastOnce));
  });
});
