/** What goes wrong between a service and its broker: the same class as the client's errors, so that one check catches all. */
export { AmqpError } from "../../amqp-client/errors.ts";
