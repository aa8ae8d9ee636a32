/** The properties of the client at login; RabbitMQ's management shows it beside the connection. */
import { arch, platform, release } from "node:os";
import { type FieldTable, type FieldValue, longString } from "../../amqp-wire/field-table.ts";
import { clientProduct } from "../../util/product-names.ts";

/** Extensions of RabbitMQ that the session takes (https://www.rabbitmq.com/docs/connections#capabilities). */
const capabilities: readonly string[] = [
  "publisher_confirms",
  "exchange_exchange_bindings",
  "basic.nack",
  "consumer_cancel_notify",
  "connection.blocked",
  "authentication_failure_close",
  "per_consumer_qos",
];

export function clientProperties(connectionName: string, version: string): FieldTable {
  const yes: FieldValue = { type: "t", value: true };
  return new Map<string, FieldValue>([
    ["product", longString(clientProduct)],
    ["version", longString(version)],
    ["platform", longString(`Node.js on ${platform()} ${release()} (${arch()})`)],
    ["connection_name", longString(connectionName)],
    ["capabilities", { type: "F", value: new Map(capabilities.map((name) => [name, yes])) }],
  ]);
}
