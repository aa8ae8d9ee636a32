/** Deliveries that are kept too long. */
import { describe, expect, it } from "vitest";
import { FakeChannelHost } from "../../test/support/fake-channel-host.ts";
import { ChannelScope } from "./channel-scope.ts";
import { ConsumerTimeout } from "./consumer-timeout.ts";

/** A channel whose deliveries a test makes and acknowledges: their times, the oldest first. */
function channel(consumerTimeoutSeconds: number) {
  const host = new FakeChannelHost({ consumerTimeoutSeconds });
  const deliveries: number[] = [];
  const timeout = new ConsumerTimeout(new ChannelScope(7, host), () => deliveries[0]);
  const deliver = (): void => {
    deliveries.push(host.clock.now());
    timeout.watch();
  };
  return { host, clock: host.clock, timeout, deliveries, deliver };
}

describe("ConsumerTimeout", () => {
  it("closes the channel when a delivery was kept for the whole time", async () => {
    const { host, clock, deliver } = channel(10);
    deliver();
    await clock.advance(9999);
    expect(host.failures).toEqual([]);
    await clock.advance(1);
    expect(host.failures).toMatchObject([
      {
        channel: 7,
        error: {
          scope: "channel",
          replyCode: 406,
          message: expect.stringContaining(
            "delivery acknowledgement on channel 7 timed out. Timeout value used: 10000 ms",
          ),
        },
      },
    ]);
    expect(clock.pending).toBe(0);
  });

  it("measures from the oldest that is left, with one timer for all", async () => {
    const { host, clock, deliver, deliveries } = channel(10);
    deliver();
    await clock.advance(6000);
    deliver();
    deliver();
    expect(clock.pending).toBe(1);
    deliveries.shift();
    await clock.advance(9999);
    expect(host.failures).toEqual([]);
    await clock.advance(1);
    expect(host.failures).toHaveLength(1);
  });

  it("stops looking when nothing is left, and begins again with the next delivery", async () => {
    const { host, clock, deliver, deliveries } = channel(10);
    deliver();
    deliveries.pop();
    await clock.advance(20_000);
    expect([host.failures, clock.pending]).toEqual([[], 0]);
    deliver();
    await clock.advance(10_000);
    expect(host.failures).toHaveLength(1);
  });

  it("never comes for 0 seconds, and never after the end", async () => {
    const never = channel(0);
    never.deliver();
    expect(never.clock.pending).toBe(0);
    const ended = channel(10);
    ended.deliver();
    ended.timeout.end();
    ended.timeout.end();
    expect(ended.clock.pending).toBe(0);
    await ended.clock.advance(20_000);
    expect(ended.host.failures).toEqual([]);
  });
});
