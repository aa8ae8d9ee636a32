/** Which messages reach the queue of a subscription: its exchange, and the patterns by which it is bound. */
import type { KeyTemplate } from "../contracts/key-template.ts";
import { type DeclareMode, declareOf } from "./declare-option.ts";
import type { ResolvedAmqpOptions, ResolvedNaming } from "./options.ts";
import type { AmqpOptions, ExchangeType } from "./subscription-options.ts";
import type { AmqpTrigger } from "./trigger.ts";

/** Which messages reach the queue; of a leased one none but those that name it: it has no patterns, and no exchange. */
export interface BindingPlan {
  /** The patterns as written; the first names a generated queue. Several when equal decorators share one queue. */
  readonly patterns: string[];
  /** The keys of contracts among them, from which `context.params` is read. */
  readonly templates: KeyTemplate[];
  /** "" where nothing is bound. */
  readonly exchangeName: string;
  readonly exchangeType: ExchangeType;
  readonly previousPatterns: readonly string[];
  /** Who declares the exchange. */
  readonly declare: DeclareMode;
  /** Instances of the service fill the queue, whichever holds the lease: two further queues belong to it. */
  readonly leased: boolean;
}

export function resolveBindings(
  { pattern, template, leased = false }: AmqpTrigger,
  own: AmqpOptions,
  { naming, topology }: Pick<ResolvedAmqpOptions, "naming" | "topology">,
): BindingPlan {
  return {
    patterns: leased ? [] : [pattern],
    templates: template ? [template] : [],
    exchangeName: leased ? "" : (own.exchangeName ?? naming.exchangeName),
    exchangeType: own.exchangeType ?? "topic",
    previousPatterns: own.previousPatterns ?? [],
    declare: declareOf(own.declare, topology.declare).exchange,
    leased,
  };
}

/** Names that cannot be sent. */
export function nameProblems(
  { patterns, exchangeName }: BindingPlan,
  queueName: string,
  naming: ResolvedNaming,
): string[] {
  const problems: string[] = [];
  for (const [what, name] of Object.entries({
    "The routing key": naming.routingKeyPrefix + (patterns[0] ?? ""),
    "The queue name": queueName,
    "The exchange name": exchangeName,
  })) {
    if (/\p{Cc}/u.test(name)) problems.push(`${what} ${JSON.stringify(name)} has control characters or line breaks.`);
    // AMQP 0-9-1, 4.2.5.3: a short string.
    const bytes = Buffer.byteLength(name);
    if (bytes > 255) problems.push(`${what} has ${bytes} bytes, and AMQP carries at most 255. Shorten it.`);
  }
  return problems;
}
