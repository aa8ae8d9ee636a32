/** What `@amqp` leaves on the class, for the transport to read at the start. */
import type { KeyTemplate } from "../contracts/key-template.ts";
import type { AmqpOptions } from "./subscription-options.ts";

export interface AmqpTrigger {
  readonly pattern: string;
  readonly options: AmqpOptions & Readonly<Record<string, unknown>>;
  /** The key of a contract; its pattern is the `pattern`. */
  readonly template?: KeyTemplate | undefined;
  /** The version of a contract, for messages of errors. */
  readonly version?: number | undefined;
}
