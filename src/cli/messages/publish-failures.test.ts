import { expect, it } from "vitest";
import { AmqpPublishError } from "../../amqp-client/errors.ts";
import { PublishFailures } from "./publish-failures.ts";

const failed = (code: string): AmqpPublishError => new AmqpPublishError(code, "it failed");

function failuresOf(isNumbered: boolean): { readonly failures: PublishFailures; readonly said: readonly string[] } {
  const said: string[] = [];
  return { failures: new PublishFailures({ say: (line) => said.push(line), isNumbered }), said };
}

it("failed publishes are counted by whether they were sent, and whether the broker answered", () => {
  const { failures } = failuresOf(true);
  expect(failures.lines()).toEqual([]);
  failures.add(1, new Error("an envelope threw"), false);
  failures.add(2, failed("ERR_SCHEMA_REFUSED"), false);
  failures.add(3, failed("ERR_AMQP_HEADERS_TOO_LARGE"), true);
  failures.add(4, failed("ERR_AMQP_PUBLISH_REFUSED"), true);
  failures.add(5, failed("ERR_AMQP_EXCHANGE_NOT_FOUND"), true);
  failures.add(6, failed("ERR_AMQP_PUBLISH_UNKNOWN"), true);
  expect(failures.lines()).toEqual([
    "  3 not sent: refused before sending",
    "  2 refused by the broker",
    "  1 not confirmed: the broker gave no answer, so it may have the message",
  ]);
});

it("failed publishes of one kind have one line", () => {
  const { failures, said } = failuresOf(false);
  failures.add(1, failed("ERR_AMQP_PUBLISH_TIMEOUT"), true);
  expect(said).toEqual(["tomodachi: it failed (ERR_AMQP_PUBLISH_TIMEOUT)"]);
  expect(failures.lines()).toEqual(["  1 not confirmed: the broker gave no answer, so it may have the message"]);
});

it("the first ten failed publishes are reported, each with its number", () => {
  const { failures, said } = failuresOf(true);
  for (let number = 1; number <= 12; number++) failures.add(number, failed("ERR_SCHEMA_REFUSED"), false);
  expect(said).toHaveLength(10);
  expect(said[9]).toBe("tomodachi: message 10: it failed (ERR_SCHEMA_REFUSED)");
  expect(failures.lines()).toEqual(["  12 not sent: refused before sending"]);
});
