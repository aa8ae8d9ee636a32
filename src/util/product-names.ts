/** What the parts of the package call themselves to the other side of a connection (AMQP 0-9-1, "product" of the properties). */

/** Every client. */
export const clientProduct = "tomodachi";

/** Only embedded brokers. */
export const embeddedBrokerProduct = "tomodachi embedded broker";
