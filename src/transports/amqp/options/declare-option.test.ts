/** Who declares: the option of the subscription, otherwise of its service; the environment overrides both. */
import { expect, it } from "vitest";
import { type DeclareOption, declareOf, resolveDeclare } from "./declare-option.ts";
import { resolveAmqpOptions } from "./options.ts";

it.each<[DeclareOption | undefined, DeclareOption | undefined, unknown]>([
  [undefined, undefined, { exchange: true, queue: true }],
  ["verify", undefined, { exchange: "verify", queue: "verify" }],
  [false, true, { exchange: true, queue: true }],
  [{ exchange: "verify" }, undefined, { exchange: "verify", queue: true }],
  [{ exchange: "verify" }, { queue: false }, { exchange: "verify", queue: false }],
  [false, { exchange: undefined, queue: true }, { exchange: false, queue: true }],
])("declare is %j in a service and %j in a subscription", (service, own, expected) => {
  expect(declareOf(own, resolveDeclare(service, {}))).toEqual(expected);
});

it.each([
  ["true", true],
  ["verify", "verify"],
  ["false", false],
])("TOMODACHI_AMQP_DECLARE=%s overrides a service and its subscriptions", (word, mode) => {
  const service = resolveDeclare({ queue: "verify" }, { TOMODACHI_AMQP_DECLARE: word });
  expect(declareOf({ exchange: false, queue: "verify" }, service)).toEqual({ exchange: mode, queue: mode });
});

it("an empty TOMODACHI_AMQP_DECLARE counts as not set", () => {
  expect(resolveDeclare(false, { TOMODACHI_AMQP_DECLARE: "" })).toMatchObject({ exchange: false });
});

it.each(["no", "TRUE", "passive"])("TOMODACHI_AMQP_DECLARE is refused as %j", (word) => {
  expect(() => resolveDeclare(true, { TOMODACHI_AMQP_DECLARE: word })).toThrow(
    `TOMODACHI_AMQP_DECLARE must be true, verify or false, but "${word}" was given.`,
  );
});

it.each([
  ["passive", 'options.amqp.declare must be true, "verify", false, or an object such as'],
  [{ queues: true }, 'options.amqp.declare has no option "queues". Did you mean "queue"?'],
  [{ exchange: "no" }, 'options.amqp.declare.exchange must be true, "verify" or false'],
])("declare is refused as %j", (declare, text) => {
  expect(() => resolveAmqpOptions("orders", { declare }, {})).toThrow(text);
});
