import { expect, it } from "vitest";
import { keyMismatch } from "./key-mismatch.ts";

const binding = {
  service: "mailer",
  handler: "welcome",
  patterns: ["user.created", "user.*.invited"],
  exchangeType: "topic",
  keyTemplate: undefined,
};

it("the publish form says why no pattern of the handler matches the key", () => {
  expect(keyMismatch(binding, "user.creatd")).toBe(
    'mailer.welcome does not receive this key: word 2 of "user.created" is "created", and the key has "creatd"; ' +
      '"user.*.invited" needs 3 words, and the key has 2 (* matches one word, # any number).',
  );
  expect(keyMismatch({ ...binding, exchangeType: "direct", patterns: ["a.*"] }, "a.b")).toBe(
    'mailer.welcome does not receive this key: a direct exchange needs exactly "a.*": * and # are ordinary characters there.',
  );
});

it("the publish form says nothing if the key matches, or if that is not known", () => {
  expect(keyMismatch(binding, "user.created")).toBeUndefined();
  expect(keyMismatch(binding, "user.42.invited")).toBeUndefined();
  expect(keyMismatch({ ...binding, exchangeType: "fanout" }, "x")).toBeUndefined();
  expect(keyMismatch({ ...binding, exchangeType: "headers" }, "x")).toBeUndefined();
  expect(keyMismatch({ ...binding, patterns: [] }, "x")).toBeUndefined();
  expect(keyMismatch({ ...binding, patterns: ["user.{id}"], keyTemplate: "user.{id}" }, "user.{id}")).toBeUndefined();
});
