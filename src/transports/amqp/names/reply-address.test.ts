import { describe, expect, it } from "vitest";
import { replyAddressProblem } from "./reply-address.ts";

const token = "amq.rabbitmq.reply-to.g1hkABJyYWJiaXRAbG9jYWxob3N0AAAAAAAAAABqAAAA.AAAA+/==";

describe("the reply-to of a request", () => {
  it.each([
    "amq.rabbitmq.reply-to.garbage",
    "amq.rabbitmq.reply-to",
    "amq.rabbitmq.reply-to.a b c d e f g h i j",
    "amq.topic",
    "orders",
    "orders.dlq",
    "other.dlq",
    "shop.retry.5s",
    "shop.return",
    'x\n{"level":60}',
    "q\0",
    "q".repeat(256),
  ])("is refused if it cannot be a reply queue: %j", (replyTo) => {
    expect(replyAddressProblem(replyTo, "orders", "any")).toBeTypeOf("string");
  });

  it.each([
    token,
    "amq.gen-JzTY20BRgKO-HjmUJj0wLg",
    "replies.of.caller",
    "amq.rabbitmq.reply-to.abcdefghijklmnopqrstuv",
  ])("is accepted: %s", (replyTo) => {
    expect(replyAddressProblem(replyTo, "orders", "any")).toBeUndefined();
  });

  it("is accepted or refused by allowReplyTo alone, if that is set", () => {
    expect(replyAddressProblem(token, "orders", "direct")).toBeUndefined();
    expect(replyAddressProblem("replies", "orders", "direct")).toMatch(/allowReplyTo \("direct"\)/);
    expect(replyAddressProblem("amq.gen-JzTY20BRgKO", "orders", "direct")).toMatch(/only direct reply-to/);
    const allow = (replyTo: string): boolean => replyTo.startsWith("replies.");
    expect(replyAddressProblem("replies.a", "orders", allow)).toBeUndefined();
    expect(replyAddressProblem("others.a", "orders", allow)).toMatch(/allowReplyTo/);
    expect(replyAddressProblem("replies.dlq", "orders", allow)).toMatch(/services consume this queue/);
  });

  it("is refused with the name of the option that decides it", () => {
    const path = "options.amqp.connections.legacy.allowReplyTo";
    expect(replyAddressProblem("replies", "orders", "direct", path)).toMatch(
      /^options\.amqp\.connections\.legacy\.allowReplyTo/,
    );
    expect(replyAddressProblem("replies", "orders", () => false, path)).toBe(`the function ${path} does not allow it`);
  });

  it.each<[string, () => unknown, RegExp]>([
    [
      "throws",
      () => {
        throw new Error("no connection");
      },
      /allowReplyTo threw no connection/,
    ],
    [
      "throws a symbol",
      () => {
        throw Symbol("s");
      },
      /allowReplyTo threw Symbol\(s\)/,
    ],
    ["is asynchronous", async () => true, /returned a promise; it must return true or false/],
    [
      "rejects",
      async () => {
        throw new Error("later");
      },
      /returned a promise/,
    ],
    ["returns an object", () => ({ allowed: false }), /does not allow it/],
  ])("is refused if the function %s", (_what, allow, words) => {
    expect(replyAddressProblem("replies", "orders", allow as () => boolean)).toMatch(words);
  });

  it.each([token, "amq.direct.reply-to.amq.ctag-Xs7HUlLq", "amq.gen-JzTY20BRgKO"])(
    "is accepted by default if a broker created it: %s",
    (replyTo) => {
      expect(replyAddressProblem(replyTo, "orders", "server-named")).toBeUndefined();
    },
  );

  it.each(["replies", "payments", "amq.genuine", "AMQ.gen-x", "x.amq.gen-y", "amq.direct.reply-to"])(
    "is refused by default if a client chose it: %s",
    (replyTo) => {
      expect(replyAddressProblem(replyTo, "orders", "server-named")).toBeTypeOf("string");
    },
  );

  it("is refused, and the message says how to allow it", () => {
    expect(replyAddressProblem("replies", "orders", "server-named")).toMatch(/with other names, give a function/);
  });
});
