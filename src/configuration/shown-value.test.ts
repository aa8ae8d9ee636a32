import { expect, it } from "vitest";
import { shownValue } from "./shown-value.ts";

class Store {
  secret = "geheim";
}

it.each([
  ["password", "geheim", "***"],
  ["password", "", ""],
  ["password", () => "geheim", "(function)"],
  ["token", "geheim", "***"],
  ["url", "amqp://a:geheim@b", "amqp://a:***@b"],
  ["tls", { key: "geheim", ca: "ca", passphrase: "geheim" }, { key: "***", ca: "ca", passphrase: "***" }],
  ["tls", { cert: Buffer.from("geheim") }, { cert: "(6 bytes)" }],
  ["deduplicationStore", new Store(), "(Store)"],
  ["routingKeyPrefix", "prod.", "prod."],
  ["orderingKey", "customer", "customer"],
  ["hosts", ["amqp://a:geheim@b"], ["amqp://a:***@b"]],
  ["anything", undefined, null],
])("%s shows nothing that is secret", (name, value, shown) => {
  expect(shownValue(name, value)).toEqual(shown);
});
