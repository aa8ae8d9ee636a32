/** Throw-away channels: which calls share one, and when they are closed. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { AmqpChannel } from "./channel.ts";
import { ThrowAwayChannels, type ThrowAwayChannelsHost } from "./throw-away-channels.ts";

function recorded() {
  const opened: { isOpen: boolean; close(): Promise<void> }[] = [];
  const openChannel = async (): Promise<AmqpChannel> => {
    const channel = {
      isOpen: true,
      async close() {
        channel.isOpen = false;
      },
    };
    opened.push(channel);
    return channel as unknown as AmqpChannel;
  };
  const all = new ThrowAwayChannels();
  const begin = (): ThrowAwayChannelsHost => ({ openChannel, unlessLost: (asked) => asked });
  const channels = {
    share: (use: () => Promise<void>) => all.share(begin, use),
    use: (use: () => Promise<void>) => all.use(begin, use),
  };
  const open = () => opened.filter(({ isOpen }) => isOpen).length;
  return { channels, opened, open };
}

describe("ThrowAwayChannels", () => {
  it("runs many calls on four channels, and closes them when no call follows", async () => {
    const { channels, opened, open } = recorded();
    let most = 0;
    const calls = Array.from({ length: 100 }, () =>
      channels.share(async () => {
        most = Math.max(most, open());
        await nextTurn();
      }),
    );
    await Promise.all(calls);
    expect(most).toBe(4);
    expect(opened).toHaveLength(4);
    await nextTurn();
    expect(open()).toBe(0);
  });

  it("gives the same channel to a call that follows in the same turn", async () => {
    const { channels, opened } = recorded();
    await channels.share(async () => {});
    await channels.share(async () => {});
    expect(opened).toHaveLength(1);
  });

  it("opens a new channel after a refusal, which closed the old one", async () => {
    const { channels, opened, open } = recorded();
    const refused = channels.share(async () => {
      throw new Error("NOT_FOUND");
    });
    await expect(refused).rejects.toThrow("NOT_FOUND");
    expect(open()).toBe(0);
    await channels.share(async () => {});
    expect(opened).toHaveLength(2);
  });

  it("does not reuse a channel that has ended in the meantime", async () => {
    const { channels, opened } = recorded();
    await channels.share(async () => {});
    await opened[0]?.close();
    await channels.share(async () => {});
    expect(opened).toHaveLength(2);
  });

  it("closes a channel for one call alone before the call resolves, and does not share it", async () => {
    const { channels, opened, open } = recorded();
    await channels.use(async () => {});
    expect(open()).toBe(0);
    await channels.share(async () => {});
    await channels.use(async () => {});
    expect(opened).toHaveLength(3);
  });
});
