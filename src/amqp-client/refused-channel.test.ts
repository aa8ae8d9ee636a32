import { describe, expect, it } from "vitest";
import { RefusedChannel } from "./refused-channel.ts";

function watch(): { readonly channel: RefusedChannel; pass(ms: number): void } {
  let now = 0;
  return {
    channel: new RefusedChannel(() => now),
    pass: (ms) => {
      now += ms;
    },
  };
}

describe("a channel on which the broker refuses", () => {
  it("is kept while nothing is refused", () => {
    const { channel } = watch();
    expect(channel.next(0)).toBe("send");
    expect(channel.next(7)).toBe("send");
  });

  it("is replaced once everything on it has an answer", () => {
    const { channel } = watch();
    channel.refused();
    expect(channel.next(2)).toBe("wait");
    expect(channel.next(0)).toBe("replace");
    expect(channel.next(0)).toBe("send");
  });

  it("is kept when an answer does not come, and delays nothing for more than a second", () => {
    const { channel, pass } = watch();
    channel.refused();
    pass(999);
    expect(channel.next(1)).toBe("wait");
    pass(1);
    expect(channel.next(1)).toBe("send");
    expect(channel.next(0)).toBe("send");
  });

  it("is replaced at most once a second, however many publishes are refused", () => {
    const { channel, pass } = watch();
    channel.refused();
    expect(channel.next(0)).toBe("replace");
    pass(999);
    channel.refused();
    expect(channel.next(0)).toBe("send");
    pass(1);
    channel.refused();
    expect(channel.next(0)).toBe("replace");
  });
});
