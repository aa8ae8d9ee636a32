/** What `@amqp` stores on the class, for the transport to read at the start. */
import type { KeyTemplate } from "../contracts/key-template.ts";
import type { AmqpOptions } from "./subscription-options.ts";

export interface AmqpTrigger {
  readonly pattern: string;
  readonly options: AmqpOptions & Readonly<Record<string, unknown>>;
  /** The key of a contract; `pattern` is its pattern. */
  readonly template?: KeyTemplate | undefined;
  /**
   * Nothing is bound to the queue: instances of the service publish to it by its name, the one that holds the lease. Two more queues belong
   * to it: one is the lease, the other keeps the latest note. The middleware of the service does not wrap the handler.
   */
  readonly leased?: boolean | undefined;
  /** The version of a contract, for errors. */
  readonly version?: number | undefined;
}
