import { expect, it } from "vitest";
import type { PlayedMessage } from "./played-message.ts";
import { redacted } from "./redact.ts";

const message: PlayedMessage = {
  at: 0,
  exchange: "amq.topic",
  routingKey: "user.ann@example.com.created",
  data: { name: "Ann", password: "hunter2", cards: [{ cardNumber: 4242, brand: "visa" }], tokens: { apiKey: "k" } },
  headers: { authorization: "Bearer x", tenant: "acme" },
  handled: [{ service: "users", handler: "onSignUp", runs: [{ outcome: "acknowledge", delayMs: undefined }] }],
};

it("redaction replaces values with a secret name, at any depth, in data and headers", async () => {
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

it("redaction passes the rest to a user's function, which may change and omit messages", async () => {
  const own = await redacted(message, (given) => ({
    ...given,
    routingKey: "user.someone.created",
    data: { name: "Someone" },
  }));
  expect(own).toMatchObject({
    routingKey: "user.someone.created",
    data: { name: "Someone" },
    handled: message.handled,
  });
  expect(await redacted(message, () => undefined)).toBeUndefined();
});

it("redaction replaces everything below a secret name, and values that are always secret", async () => {
  const data = {
    accessTokens: ["a", { current: "b" }],
    note: "call with Bearer abcdef.123456 please",
    link: "amqp://user:hunter2@rabbit.example/shop",
    jwt: "x",
    proof: "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc",
    author: "Ann",
    compass: "north",
  };
  const headers = { "x-auth": "abc", "set-cookie": "sid=1", "x-author": "Ann" };
  expect(await redacted({ ...message, data, headers }, undefined)).toMatchObject({
    data: {
      accessTokens: ["[redacted]", { current: "[redacted]" }],
      note: "call with Bearer [redacted] please",
      link: "amqp://user:[redacted]@rabbit.example/shop",
      jwt: "[redacted]",
      proof: "[redacted]",
      author: "Ann",
      compass: "north",
    },
    headers: { "x-auth": "[redacted]", "set-cookie": "[redacted]", "x-author": "Ann" },
  });
});

it("a wrong redaction function of the user is reported", async () => {
  const throwing = redacted(message, () => {
    throw new Error("no such field");
  });
  await expect(throwing).rejects.toThrow("the function that redacts failed: no such field");
  await expect(redacted(message, (() => "text") as never)).rejects.toThrow("must return the message");
});
