/** What one subscription needs, decided before anything connects: its queue, its bindings, its envelope, its limits. */
import { isDeepStrictEqual } from "node:util";
import { AmqpError } from "../../../amqp-client/errors.ts";
import { messageOf } from "../../../errors.ts";
import type { Envelope } from "../../../service/envelope.ts";
import { ConfigurationError, refuseProblems } from "../../../service/errors.ts";
import type { Handler } from "../../../service/handler.ts";
import type { StandardSchema } from "../../../service/standard-schema.ts";
import { fieldProblems, optionNames, unknownField } from "../../../util/check-fields.ts";
import { secondsOf } from "../../../util/duration.ts";
import type { KeyTemplate } from "../contracts/key-template.ts";
import {
  deadLetterQueueName,
  givenQueueName,
  perInstanceQueueName,
  pythonQueueName,
  readableQueueName,
} from "../names/queue-name.ts";
import { type BatchOptions, type BatchPlan, batchProblems, resolveBatch } from "./batch-options.ts";
import { type ResolvedCircuitBreaker, resolveCircuitBreaker } from "./circuit-breaker.ts";
import {
  type AmqpOptions,
  type ExchangeType,
  type QueueType,
  type ResolvedAmqpOptions,
  subscriptionChecks,
} from "./options.ts";
import { type OrderingKeyFunction, orderingKeyProblems } from "./ordering-key.ts";
import { type ReplyPlan, replyProblems, resolveReply } from "./reply-options.ts";
import { type RetryPolicy, resolveRetry, retryProblems } from "./retry-options.ts";
import { type ResolvedWindow, resolveWindow } from "./window.ts";

/** What `@amqp` left on the class. */
export interface AmqpTrigger {
  readonly pattern: string;
  readonly options: AmqpOptions & Readonly<Record<string, unknown>>;
  /** The key of a contract; its pattern is the `pattern`. */
  readonly template?: KeyTemplate | undefined;
  /** The version of a contract, for messages of errors. */
  readonly version?: number | undefined;
}

/** The queue that a subscription consumes, and the one that takes what failed. */
export interface QueuePlan {
  readonly queueName: string;
  /** The queue that takes what failed; instances of one subscription share it. */
  readonly deadLetterQueue: string;
  /** Each instance has its own queue. */
  readonly perInstance: boolean;
  /** The start is refused when the queue has a consumer already (python profile). */
  readonly alone: boolean;
  readonly queueType: QueueType;
  readonly queueTtl: number;
  readonly singleActive: boolean;
  readonly maxPriority: number;
  readonly previousQueueNames: readonly string[];
}

/** Which messages reach the queue. */
export interface BindingPlan {
  /** The patterns as written; the first names a generated queue. Several when equal decorators share one queue. */
  readonly patterns: string[];
  /** The keys of contracts among them, from which `context.params` is read. */
  readonly templates: KeyTemplate[];
  readonly exchangeName: string;
  readonly exchangeType: ExchangeType;
  readonly previousPatterns: readonly string[];
}

/** How a message is read. */
export interface ReadingPlan {
  readonly envelope: Envelope | null;
  /** What the data of each message goes through. */
  readonly schema: StandardSchema | undefined;
  /** What the envelope's `parseMessage` gets. */
  readonly parserOptions: Readonly<Record<string, unknown>>;
}

/** How many messages run at once, for how long, and in which order. */
export interface RunPlan {
  readonly prefetch: number;
  readonly concurrency: number;
  readonly timeoutSeconds: number | undefined;
  readonly orderingKey: OrderingKeyFunction | undefined;
  /** Only where the handler answers. */
  readonly reply: ReplyPlan | undefined;
  /** Only where messages are handled together. */
  readonly batch: BatchPlan | undefined;
}

/** How a message is recognised that was handled before. */
export interface DeduplicationPlan {
  readonly deduplicate: boolean | "messageId";
  /** What the memory of this process keeps of handled messages. */
  readonly deduplicationWindow: ResolvedWindow;
}

/** What follows a failure. */
export interface FailurePlan {
  readonly retry: RetryPolicy | undefined;
  readonly circuitBreaker: ResolvedCircuitBreaker | undefined;
  readonly crashLimit: number | false;
}

/** All that one subscription needs. A feature takes the part that it reads, not the whole. */
export interface SubscriptionPlan extends QueuePlan, BindingPlan, ReadingPlan, RunPlan, DeduplicationPlan, FailurePlan {
  readonly handler: Handler<AmqpTrigger>;
}

export interface PlanningService {
  readonly name: string;
  readonly uuid: string;
  readonly envelope: Envelope | null;
  readonly options: ResolvedAmqpOptions;
}

/** Adds a handler's subscription to the plans: a new one, or further patterns of one that has equal options. */
export function addToPlans(plans: SubscriptionPlan[], handler: Handler<AmqpTrigger>, service: PlanningService): void {
  const plan = planOf(handler, service);
  const shared = plans.find((other) => sharesQueue(other, plan, service));
  if (shared) {
    shared.patterns.push(...plan.patterns);
    shared.templates.push(...plan.templates);
    return;
  }
  const clash = plans.find((other) => other.queueName === plan.queueName);
  if (clash && service.options.topology === "reliable") {
    throw new AmqpError(
      "ERR_AMQP_QUEUE_SHARED",
      `${handler.label} and ${clash.handler.label} both consume the queue "${plan.queueName}": each message would reach only one of them. Give one of them another queueName, or give decorators of one method equal options.`,
    );
  }
  plans.push(plan);
}

/** Decorators of one method with equal options make one queue with several bindings. */
function sharesQueue(other: SubscriptionPlan, plan: SubscriptionPlan, service: PlanningService): boolean {
  if (other.handler.name !== plan.handler.name) return false;
  if (!isDeepStrictEqual(other.handler.options.options, plan.handler.options.options)) return false;
  // Python derives a queue from each pattern, unless it is named.
  return service.options.topology === "reliable" || other.queueName === plan.queueName;
}

function planOf(handler: Handler<AmqpTrigger>, service: PlanningService): SubscriptionPlan {
  const { pattern, options: given, template } = handler.options;
  const [own, parserOptions] = splitOptions(given);
  const envelope = own.messageEnvelope === undefined ? service.envelope : own.messageEnvelope;
  const problems = fieldProblems(own, "options", subscriptionChecks);
  if (problems.length === 0) problems.push(...parserOptionProblems(envelope, parserOptions));
  if (problems.length === 0) problems.push(...replyProblems(own));
  refuseProblems(handler.label, problems);

  const reply = resolveReply(own);
  const defaults = service.options.handling;
  const python = service.options.topology === "python";
  const competing = own.competing ?? (python ? own.queueName !== undefined : true);
  const queueType = own.queueType ?? defaults.queueType ?? "quorum";
  const prefetch = own.prefetch ?? defaults.prefetch ?? 100;
  const names = queueNamesOf(
    { pattern, competing, given: own.queueName, method: handler.name, functionName: own.functionName ?? handler.name },
    service,
  );
  const plan: SubscriptionPlan = {
    handler,
    patterns: [pattern],
    templates: template ? [template] : [],
    exchangeName: own.exchangeName ?? service.options.exchangeName,
    exchangeType: own.exchangeType ?? "topic",
    ...names,
    perInstance: !competing,
    alone: python && !competing,
    queueType: competing && !python ? queueType : "classic",
    queueTtl: secondsOf(own.queueTtl ?? defaults.queueTtl ?? (python ? "1d" : 0)),
    singleActive: own.singleActive ?? defaults.singleActive ?? false,
    maxPriority: own.maxPriority ?? defaults.maxPriority ?? 0,
    envelope,
    schema: own.schema,
    parserOptions,
    prefetch,
    concurrency: Math.min(prefetch, own.concurrency ?? defaults.concurrency ?? prefetch),
    timeoutSeconds: own.timeoutSeconds ?? defaults.timeoutSeconds,
    deduplicate: own.deduplicate ?? defaults.deduplicate ?? true,
    deduplicationWindow: resolveWindow(own.deduplicationWindow ?? defaults.deduplicationWindow),
    retry: resolveRetry(own.retry ?? (reply ? false : defaults.retry)),
    circuitBreaker: resolveCircuitBreaker(own.circuitBreaker ?? (reply ? undefined : defaults.circuitBreaker)),
    crashLimit: own.crashLimit ?? defaults.crashLimit ?? 5,
    orderingKey: own.orderingKey,
    reply,
    batch: resolveBatch(own.batch),
    previousQueueNames: own.previousQueueNames ?? [],
    previousPatterns: own.previousPatterns ?? [],
  };
  checkTogether(plan, service);
  askEnvelope(plan);
  return plan;
}

/** The envelope knows its options, and not whose they are. */
function askEnvelope({ envelope, parserOptions, handler }: SubscriptionPlan): void {
  try {
    envelope?.validate?.(parserOptions);
  } catch (error) {
    throw new ConfigurationError(`${handler.label} is refused by its envelope: ${messageOf(error)}`, { cause: error });
  }
}

interface QueueNaming {
  readonly pattern: string;
  readonly competing: boolean;
  readonly given: string | undefined;
  readonly method: string;
  /** The method's name in Python. */
  readonly functionName: string;
}

function queueNamesOf(
  { pattern, competing, given, method, functionName }: QueueNaming,
  service: PlanningService,
): Pick<SubscriptionPlan, "queueName" | "deadLetterQueue"> {
  const { queueNamePrefix: prefix, topology } = service.options;
  const { name, uuid } = service;
  const readable = (): string => readableQueueName({ prefix, service: name, method, pattern });
  if (topology === "python") {
    const queueName =
      given === undefined
        ? pythonQueueName({ prefix, routingKey: pattern, competing, functionName, uuid })
        : givenQueueName(given, prefix);
    // A name of one instance's own ends with the instance; its dead letters are kept where the next one finds them.
    const lasting = given === undefined && !competing ? readable() : queueName;
    return { queueName, deadLetterQueue: deadLetterQueueName(lasting) };
  }
  const shared = given === undefined ? readable() : givenQueueName(given, prefix);
  const queueName = competing ? shared : perInstanceQueueName(shared, uuid);
  return { queueName, deadLetterQueue: deadLetterQueueName(shared) };
}

type OwnOptions = AmqpOptions & { readonly batch?: BatchOptions | undefined } & {
  readonly messageEnvelope?: Envelope | null | undefined;
};

function splitOptions(given: AmqpTrigger["options"]): [OwnOptions, Record<string, unknown>] {
  const own: Record<string, unknown> = {};
  const parserOptions: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    (Object.hasOwn(subscriptionChecks, name) ? own : parserOptions)[name] = value;
  }
  return [own as OwnOptions, parserOptions];
}

/** Options that the envelope does not take. One that lists no names, and whose parser takes options, takes any. */
function parserOptionProblems(envelope: Envelope | null, parserOptions: Readonly<Record<string, unknown>>): string[] {
  const takesAny = envelope !== null && envelope.optionNames === undefined && envelope.parseMessage.length >= 2;
  if (takesAny) return [];
  const taken = envelope?.optionNames ?? [];
  const known = [...optionNames(subscriptionChecks), ...taken];
  return Object.keys(parserOptions)
    .filter((name) => !taken.includes(name))
    .map((name) => unknownField("options", name, known));
}

/** Options that fit one by one and not together. */
function checkTogether(plan: SubscriptionPlan, service: PlanningService): void {
  const problems: string[] = orderingKeyProblems(plan);
  const { patterns, queueName, exchangeName } = plan;
  for (const [what, name] of Object.entries({
    "The routing key": service.options.routingKeyPrefix + (patterns[0] ?? ""),
    "The queue name": queueName,
    "The exchange name": exchangeName,
  })) {
    if (/\p{Cc}/u.test(name)) problems.push(`${what} ${JSON.stringify(name)} has control characters or line breaks.`);
    // AMQP 0-9-1, 4.2.5.3: a short string.
    const bytes = Buffer.byteLength(name);
    if (bytes > 255) problems.push(`${what} has ${bytes} bytes, and AMQP carries at most 255. Shorten it.`);
  }
  if (plan.maxPriority > 0 && plan.queueType !== "classic") {
    problems.push('options.maxPriority needs queueType: "classic"; quorum queues have no priorities to set.');
  }
  const limit = service.options.consumerTimeoutSeconds / 2;
  if (plan.timeoutSeconds !== undefined && plan.timeoutSeconds > limit) {
    problems.push(
      `options.timeoutSeconds is ${plan.timeoutSeconds}, above half of consumerTimeoutSeconds (${limit}): the broker may take the delivery away first. Lower it, or raise consumer_timeout in RabbitMQ and options.amqp.consumerTimeoutSeconds.`,
    );
  }
  problems.push(...batchProblems(plan, service.options.globalPrefetchCount));
  problems.push(...retryProblems(plan.retry, plan.perInstance ? limit : undefined));
  refuseProblems(plan.handler.label, problems);
}
