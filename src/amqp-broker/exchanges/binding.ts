/** One binding: from an exchange to a queue or to another exchange. */
import type { FieldTable } from "../../amqp-wire/field-table.ts";

/** Where a binding leads. A queue or an exchange is one. */
export interface BindingTarget {
  readonly kind: "queue" | "exchange";
  readonly name: string;
  /** The bindings that lead here. */
  readonly incoming: Set<ExchangeBinding>;
}

export interface ExchangeBinding {
  /** The exchange's name. */
  readonly source: string;
  readonly target: BindingTarget;
  readonly routingKey: string;
  readonly arguments: FieldTable;
  /** Equal for two bindings that are the same one: target, key and arguments. */
  readonly identity: string;
}

/** What a message is routed by. */
export interface Routable {
  /** Of the properties; read when an exchange asks for it. */
  readonly headers: FieldTable | undefined;
}

/** The bindings of one exchange, arranged so that a message finds its targets: the difference between the exchange types. */
export interface BindingTable {
  add(binding: ExchangeBinding): void;
  remove(binding: ExchangeBinding): void;
  /** Calls `visit` with the target of each binding that matches; the same target more than once where several do. */
  route(routingKey: string, message: Routable, visit: (target: BindingTarget) => void): void;
}
