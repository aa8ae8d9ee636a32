/** Answers to publishes: every one once, in few frames. */
import { describe, expect, it } from "vitest";
import { FakeChannelHost } from "../../test/support/fake-channel-host.ts";
import { seededRandom } from "../testing/random.ts";
import { ChannelScope } from "./channel-scope.ts";
import { ServerConfirms } from "./confirms.ts";

interface Channel {
  readonly host: FakeChannelHost;
  readonly confirms: ServerConfirms;
}

function channel(): Channel {
  const host = new FakeChannelHost();
  return { host, confirms: new ServerConfirms(new ChannelScope(1, host)) };
}

/** `ack 3` or `ack up to 3`. */
function told(host: FakeChannelHost): string[] {
  return host.flush().map((sent) => {
    if (sent.name !== "basic.ack" && sent.name !== "basic.nack") throw new Error(sent.name);
    return `${sent.name.slice(6)} ${sent.multiple ? "up to " : ""}${sent.deliveryTag}`;
  });
}

describe("Confirms", () => {
  it("confirm all publishes of one turn in one frame", () => {
    const { host, confirms } = channel();
    for (let count = 0; count < 3; count++) confirms.settled(true);
    expect(told(host)).toEqual(["ack up to 3"]);
    confirms.settled(true);
    expect(told(host)).toEqual(["ack 4"]);
    expect(told(host)).toEqual([]);
  });

  it("send a negative confirm in its place, in a frame of its own", () => {
    const { host, confirms } = channel();
    for (const stored of [true, true, false, false, true]) confirms.settled(stored);
    expect(told(host)).toEqual(["ack up to 2", "nack 3", "nack 4", "ack 5"]);
  });

  it("send nothing when nothing was published", () => {
    expect(told(channel().host)).toEqual([]);
  });

  it("answer each publish exactly once, however the turns are split", () => {
    const random = seededRandom(7);
    const { host, confirms } = channel();
    const published: boolean[] = [];
    const answered = new Map<number, boolean>();
    let last = 0;
    for (let turn = 0; turn < 500; turn++) {
      for (let count = Math.floor(random() * 5); count > 0; count--) {
        const stored = random() < 0.7;
        published.push(stored);
        confirms.settled(stored);
      }
      for (const sent of host.flush()) {
        if (sent.name !== "basic.ack" && sent.name !== "basic.nack") throw new Error(sent.name);
        const from = sent.multiple ? last + 1 : sent.deliveryTag;
        for (let tag = from; tag <= sent.deliveryTag; tag++) {
          expect(answered.has(tag)).toBe(false);
          answered.set(tag, sent.name === "basic.ack");
        }
        last = sent.deliveryTag;
      }
      expect(answered.size).toBe(published.length);
    }
    expect(published.map((_, index) => answered.get(index + 1))).toEqual(published);
  });

  it("confirm stored messages before the channel closes, and send nothing after", () => {
    const { host, confirms } = channel();
    confirms.settled(true);
    confirms.settled(true);
    confirms.end();
    // The frames so far, before the turn ends and asks again.
    host.output.writer.method(1, { name: "channel.close-ok" });
    expect(host.flush().map(({ name }) => name)).toEqual(["basic.ack", "channel.close-ok"]);
  });
});
