import { expect, it } from "vitest";
import { type Situation, whyUnconfirmed, whyWaiting } from "./publish-delay.ts";

const well: Situation = {
  connection: { blocked: false, state: "connected", lastError: undefined },
  hasChannel: true,
  unconfirmed: 3,
  lastReason: "",
};
const lost = { blocked: false, state: "reconnecting", lastError: "a:1 refused; b:1 refused" } as const;
const blocked = { ...well.connection, blocked: true };

it.each([
  [well, "3 publishes before it"],
  [{ ...well, connection: lost }, "there is no connection (reconnecting: a:1 refused; b:1 refused)"],
  [{ ...well, connection: { ...lost, lastError: undefined } }, "(reconnecting: not tried yet)"],
  [{ ...well, hasChannel: false, lastReason: "404" }, "there is no channel to publish on (404)"],
  [{ ...well, connection: blocked }, "the broker blocks publishes"],
])("the log says why a publish waits: %#", (situation, expected) => {
  expect(whyWaiting(situation)).toContain(expected);
});

it("the log says what is known about a publish that was sent", () => {
  expect(whyUnconfirmed(well)).toBe("the broker did not answer");
  expect(whyUnconfirmed({ ...well, connection: blocked, lastReason: "lost" })).toBe(
    "the broker did not answer, which blocks publishes now (a memory or disk alarm); the previous channel was closed (lost)",
  );
});
