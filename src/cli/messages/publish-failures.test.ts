import { expect, it } from "vitest";
import { AmqpPublishError } from "../../amqp-client/errors.ts";
import { PublishFailures } from "./publish-failures.ts";

const failed = (code: string): AmqpPublishError => new AmqpPublishError(code, "it failed");

it("failed publishes are counted by whether they were sent, and whether the broker answered", () => {
  const failures = new PublishFailures();
  expect(failures.lines()).toEqual([]);
  failures.add(new Error("an envelope threw"), false);
  failures.add(failed("ERR_SCHEMA_REFUSED"), false);
  failures.add(failed("ERR_AMQP_HEADERS_TOO_LARGE"), true);
  failures.add(failed("ERR_AMQP_PUBLISH_REFUSED"), true);
  failures.add(failed("ERR_AMQP_EXCHANGE_NOT_FOUND"), true);
  failures.add(failed("ERR_AMQP_PUBLISH_UNKNOWN"), true);
  expect(failures.lines()).toEqual([
    "  3 not sent: refused before sending",
    "  2 refused by the broker",
    "  1 not confirmed: the broker gave no answer, so it may have the message",
  ]);
});

it("failed publishes of one kind have one line", () => {
  const failures = new PublishFailures();
  failures.add(failed("ERR_AMQP_PUBLISH_TIMEOUT"), true);
  expect(failures.lines()).toEqual(["  1 not confirmed: the broker gave no answer, so it may have the message"]);
});
