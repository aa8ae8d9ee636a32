/** What goes wrong between a service and its broker. */
import { TomodachiError } from "../../errors.ts";

/** An error of the AMQP transport; tell them apart by `code`. */
export class AmqpError extends TomodachiError {}
