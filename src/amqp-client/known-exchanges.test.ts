/** The check before the first publish to an exchange: when it is made, and what the answer means. */
import { describe, expect, it } from "vitest";
import type { AmqpConnection } from "./connection.ts";
import { AmqpChannelError } from "./errors.ts";
import { KnownExchanges } from "./known-exchanges.ts";

/** A broker that answers each check with this code, or positively. */
function exchangesOn(answer: number | undefined, looks?: boolean) {
  const asked: string[] = [];
  const checkExchange = async (name: string): Promise<void> => {
    asked.push(name);
    if (answer === undefined) return;
    throw new AmqpChannelError("ERR_AMQP_CHANNEL_CLOSED", "no", { replyCode: answer, replyText: "no" });
  };
  const withChannel = (use: (channel: object) => Promise<void>): Promise<void> => use({ checkExchange });
  const connection = { state: "connected", withChannel } as unknown as AmqpConnection;
  const exchanges = new KnownExchanges({ connection, looks, declareAgain: async () => {} });
  return { exchanges, asked };
}

const later = (): number => performance.now() + 10_000;

describe("the check that an exchange exists", () => {
  it("proves nothing when the login may not make it, and is not repeated: RabbitMQ 4.2.6 and 4.3.0 require configure", async () => {
    const { exchanges, asked } = exchangesOn(403);
    await exchanges.check("shop", later());
    expect([exchanges.has("shop"), asked]).toEqual([true, ["shop"]]);
  });

  it("rejects the publish when the exchange does not exist", async () => {
    const { exchanges } = exchangesOn(404);
    await expect(exchanges.check("shop", later())).rejects.toMatchObject({ code: "ERR_AMQP_EXCHANGE_NOT_FOUND" });
  });

  it.each([
    ["the broker's own", "amq.topic", undefined],
    ["the default exchange", "", undefined],
    ["any exchange without checks", "shop", false],
  ])("is never made for %s, or after a refusal", (_what, name, looks) => {
    const { exchanges } = exchangesOn(undefined, looks);
    expect([exchanges.has(name), exchanges.doubt(name)]).toEqual([true, false]);
  });

  it("can be skipped or made for one exchange", () => {
    const { exchanges } = exchangesOn(undefined, true);
    exchanges.lookFor("theirs", false);
    exchanges.add("found", "verify");
    expect(["theirs", "found", "other"].map((name) => exchanges.has(name))).toEqual([true, true, false]);
    expect(["theirs", "found"].map((name) => exchanges.doubt(name))).toEqual([false, true]);
  });
});

describe("an own exchange that is missing", () => {
  it("is declared until the broker has finished its deletion", async () => {
    const answers = [404, 404, 404, undefined];
    let declared = 0;
    const checkExchange = async (): Promise<void> => {
      const answer = answers.shift();
      if (answer === undefined) return;
      throw new AmqpChannelError("ERR_AMQP_CHANNEL_CLOSED", "no", { replyCode: answer, replyText: "no" });
    };
    const withChannel = (use: (channel: object) => Promise<void>): Promise<void> => use({ checkExchange });
    const connection = { state: "connected", withChannel } as unknown as AmqpConnection;
    const declareAgain = async (): Promise<void> => void declared++;
    const exchanges = new KnownExchanges({ connection, declareAgain });
    exchanges.add("shop");
    exchanges.doubt("shop");
    await exchanges.check("shop", later());
    expect([declared, exchanges.has("shop"), answers]).toEqual([3, true, []]);
  });
});
