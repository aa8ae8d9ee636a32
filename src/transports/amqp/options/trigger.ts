/** What `@amqp` stores on the class, for the transport to read at the start. */
import type { KeyTemplate } from "../contracts/key-template.ts";
import type { AmqpOptions } from "./subscription-options.ts";

export interface AmqpTrigger {
  readonly pattern: string;
  readonly options: AmqpOptions & Readonly<Record<string, unknown>>;
  /** The key of a contract; its pattern is the `pattern`. */
  readonly template?: KeyTemplate | undefined;
  /**
   * Nothing is bound to the queue: instances of the service fill it by its name, whichever holds the lease. Beside it stand the
   * queue that is the lease and the one that keeps their latest note. The service's middleware does not wrap the handler.
   */
  readonly leased?: boolean | undefined;
  /** The version of a contract, for messages of errors. */
  readonly version?: number | undefined;
}
