/** What the parts of the package call themselves to the other side of a connection (AMQP 0-9-1, "product" of the properties). */

/** Every client. */
export const clientProduct = "tomodachi";

/** Only embedded brokers. */
export const embeddedBrokerProduct = "tomodachi embedded broker";

/** A broker in messages for people: "RabbitMQ 4.3.0", "embedded broker 4.3.6". */
export function brokerText(broker: { readonly product: string; readonly version: string } | undefined): string {
  const { product = "AMQP broker", version = "" } = broker ?? {};
  return `${product === embeddedBrokerProduct ? "embedded broker" : product} ${version}`.trim();
}
