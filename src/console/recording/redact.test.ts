import { expect, it } from "vitest";
import type { PlayedMessage } from "./played-message.ts";
import { redacted } from "./redact.ts";

const message: PlayedMessage = {
  at: 0,
  service: "users",
  handler: "onSignUp",
  exchange: "amq.topic",
  routingKey: "user.ann@example.com.created",
  data: { name: "Ann", password: "hunter2", cards: [{ cardNumber: 4242, brand: "visa" }], tokens: { apiKey: "k" } },
  headers: { authorization: "Bearer x", tenant: "acme" },
  runs: [{ outcome: "acknowledge", delayMs: undefined }],
};

it("replaces what its name says is secret, at any depth, in data and headers", async () => {
  expect(await redacted(message, undefined)).toMatchObject({
    data: {
      name: "Ann",
      password: "[redacted]",
      cards: [{ cardNumber: "[redacted]", brand: "visa" }],
      tokens: { apiKey: "[redacted]" },
    },
    headers: { authorization: "[redacted]", tenant: "acme" },
  });
});

it("gives the rest to a function of the user's, which may change and leave out messages", async () => {
  const own = await redacted(message, (given) => ({
    ...given,
    routingKey: "user.someone.created",
    data: { name: "Someone" },
  }));
  expect(own).toMatchObject({ routingKey: "user.someone.created", data: { name: "Someone" }, runs: message.runs });
  expect(await redacted(message, () => undefined)).toBeUndefined();
});
