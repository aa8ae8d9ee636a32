/** One exchange: what it was declared with, and its bindings. */
import { type FieldTable, fieldText } from "../amqp-wire/field-table.ts";
import type { BindingTable, BindingTarget, ExchangeBinding } from "./exchanges/binding.ts";
import { DirectBindings } from "./exchanges/direct.ts";
import { FanoutBindings } from "./exchanges/fanout.ts";
import { HeadersBindings } from "./exchanges/headers.ts";
import { TopicBindings } from "./exchanges/topic.ts";
import type { BrokerProfile } from "./profile.ts";

export type ServerExchangeType = "direct" | "fanout" | "headers" | "topic";

const tables: Readonly<Record<ServerExchangeType, new (comparesMoments: boolean) => BindingTable>> = {
  direct: DirectBindings,
  fanout: FanoutBindings,
  headers: HeadersBindings,
  topic: TopicBindings,
};

export function isExchangeType(type: string): type is ServerExchangeType {
  return Object.hasOwn(tables, type);
}

/** What an exchange is declared with. */
export interface ExchangeSettings {
  readonly name: string;
  readonly type: ServerExchangeType;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly internal: boolean;
  readonly arguments: FieldTable;
}

export class Exchange implements BindingTarget {
  readonly kind = "exchange";
  readonly settings: ExchangeSettings;
  /** Bindings of other exchanges that lead here. */
  readonly incoming: Set<ExchangeBinding> = new Set();
  /** Takes what this exchange routes nowhere. */
  readonly alternate: string | undefined;
  readonly table: BindingTable;
  readonly #bindings = new Map<string, ExchangeBinding>();
  /** Of the last message that came through: a message passes an exchange once. */
  mark = 0;

  constructor(settings: ExchangeSettings, { comparesMoments }: Pick<BrokerProfile, "comparesMoments">) {
    this.settings = settings;
    this.table = new tables[settings.type](comparesMoments);
    const alternate = settings.arguments.get("alternate-exchange");
    this.alternate = alternate && fieldText(alternate);
  }

  get name(): string {
    return this.settings.name;
  }

  /** Whether a binding starts here. */
  get used(): boolean {
    return this.#bindings.size > 0;
  }

  get bindings(): Iterable<ExchangeBinding> {
    return this.#bindings.values();
  }

  /** An existing binding is not changed. */
  bind(binding: ExchangeBinding): void {
    if (this.#bindings.has(binding.identity)) return;
    this.table.add(binding);
    this.#bindings.set(binding.identity, binding);
    binding.target.incoming.add(binding);
  }

  /** False when there was no such binding. */
  unbind(identity: string): boolean {
    const binding = this.#bindings.get(identity);
    if (!binding) return false;
    this.#bindings.delete(identity);
    this.table.remove(binding);
    binding.target.incoming.delete(binding);
    return true;
  }
}
