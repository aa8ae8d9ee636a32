import { describe, expect, it } from "vitest";
import { culpritOf } from "./publish-errors.ts";

describe("what a broker closed a channel for", () => {
  it.each([
    ["NOT_FOUND - no exchange 'gone' in vhost '/'", { exchange: "gone", topic: undefined }],
    [
      "ACCESS_REFUSED - write access to exchange 'amq.default' in vhost '/' refused for user 'guest'",
      { exchange: "", topic: undefined },
    ],
    [
      "ACCESS_REFUSED - write access to topic 'a.b' in exchange 'amq.topic' in vhost '/' refused for user 'guest'",
      { exchange: "amq.topic", topic: "a.b" },
    ],
    ["PRECONDITION_FAILED - message size 20000000 is larger than configured max size 16777216", undefined],
  ])("is read from: %s", (replyText, culprit) => {
    expect(culpritOf(replyText)).toEqual(culprit);
  });
});
