/** The option `queueArguments`: the arguments that a team may set on a queue, and their valid values. */
import { inspect } from "node:util";
import { closest } from "../../../util/closest.ts";

/** Arguments of a queue by their AMQP names, which begin with `x-`. */
export type QueueArguments = Readonly<Record<string, string | number | boolean>>;

/** Arguments that the framework sets itself, or that would break its promises: the reason, and what to use instead. */
const reserved: Readonly<Record<string, string>> = {
  "x-queue-type": "the option queueType sets it",
  "x-expires": "the option queueTtl sets it",
  "x-single-active-consumer": "the option singleActive sets it",
  "x-max-priority": "the option maxPriority sets it",
  "x-consumer-timeout": "the option consumerTimeout sets it for the consumer, and you can change it at any start",
  "x-dead-letter-exchange":
    "the framework sets it, so that no dead letter is lost; the option deadLetterQueue names the queue",
  "x-dead-letter-routing-key":
    "the framework sets it, so that no dead letter is lost; the option deadLetterQueue names the queue",
  "x-dead-letter-strategy": "the framework sets it, so that the broker confirms each dead letter",
  "x-overflow": "the framework sets it, so that a full queue refuses a publish and loses no message",
  "x-delivery-limit": "the framework sets it; the option crashLimit limits how often a message is redelivered",
  "x-queue-mode": "RabbitMQ 4.3 refuses it, and classic queues have only one mode since 3.12",
  "x-queue-master-locator": 'RabbitMQ 4.3 refuses it. Use "x-queue-leader-locator"',
};

interface ArgumentRule {
  readonly expected: string;
  fits(value: unknown): boolean;
  /** The queue type that has this argument. @default both types */
  readonly of?: "quorum" | "classic";
}

function whole(least: number, of?: ArgumentRule["of"], most: number = Number.MAX_SAFE_INTEGER): ArgumentRule {
  const fits = (value: unknown): boolean =>
    Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
  const upTo = most === Number.MAX_SAFE_INTEGER ? "or more" : `to ${most}`;
  return { expected: `a whole number, ${least} ${upTo}`, fits, ...(of && { of }) };
}

/** RabbitMQ keeps times in 32 bits, and refuses larger ones with 406. */
const longestMs = 2 ** 32 - 1;

function word(choices: readonly string[], of?: ArgumentRule["of"]): ArgumentRule {
  const expected = `one of ${choices.map((choice) => `"${choice}"`).join(", ")}`;
  return { expected, fits: (value) => choices.includes(value as string), ...(of && { of }) };
}

/** The arguments that RabbitMQ documents. Others are accepted too, because other brokers and plugins have their own. */
const known: Readonly<Record<string, ArgumentRule>> = {
  "x-max-length": whole(1),
  "x-max-length-bytes": whole(1),
  "x-message-ttl": whole(1, undefined, longestMs),
  "x-max-in-memory-length": whole(0, "quorum"),
  "x-max-in-memory-bytes": whole(0, "quorum"),
  "x-quorum-initial-group-size": whole(1, "quorum"),
  "x-quorum-target-group-size": whole(1, "quorum"),
  "x-queue-leader-locator": word(["client-local", "balanced"], "quorum"),
  "x-delayed-retry-type": word(["disabled", "all", "failed", "returned"], "quorum"),
  "x-delayed-retry-min": whole(1, "quorum", longestMs),
  "x-delayed-retry-max": whole(1, "quorum", longestMs),
  "x-queue-version": { expected: "2 (RabbitMQ 4.3 refuses 1)", fits: (value) => value === 2, of: "classic" },
};

export function isArgumentMap(value: unknown): boolean {
  return isObject(value) && Object.entries(value).every(([name, each]) => problemOf(name, each) === undefined);
}

/** Why a value is not a map of arguments, or which arguments are wrong. */
export function argumentMapProblem(value: unknown): string | undefined {
  if (!isObject(value)) return undefined;
  const problems = Object.entries(value).map(([name, each]) => problemOf(name, each));
  return problems.filter((problem) => problem !== undefined).join("; ") || undefined;
}

function problemOf(name: string, value: unknown): string | undefined {
  const why = Object.hasOwn(reserved, name) ? reserved[name] : undefined;
  if (why !== undefined) return `"${name}" cannot be given, because ${why}`;
  const rule = Object.hasOwn(known, name) ? known[name] : undefined;
  if (rule) return rule.fits(value) ? undefined : `"${name}" must be ${rule.expected}, not ${inspect(value)}`;
  // A broker silently accepts an argument that it does not know, so a typing mistake would not be noticed.
  const meant = closest(name, [...Object.keys(known), ...Object.keys(reserved)]);
  if (meant !== undefined && Math.abs(meant.length - name.length) <= 2) {
    const reason = Object.hasOwn(reserved, meant) ? reserved[meant] : undefined;
    return reason === undefined
      ? `"${name}" is not known (did you mean "${meant}"?)`
      : `"${name}" is not known, and "${meant}" cannot be given, because ${reason}`;
  }
  if (!/^x-[\x21-\x7e]+$/.test(name)) return `"${name}" is not a queue argument: their names begin with "x-"`;
  const scalar = typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
  return scalar ? undefined : `"${name}" must be a string, a number or a boolean, not ${inspect(value)}`;
}

/** A Map is refused: its entries would be lost without an error. */
function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** The parts of a plan that decide which arguments its queue may have. */
export interface ArgumentPlan {
  readonly queueArguments: QueueArguments;
  readonly queueType: "quorum" | "classic";
  readonly perInstance: boolean;
  readonly singleActive: boolean;
  readonly orderingKey: unknown;
  readonly reply: unknown;
  readonly retry: { readonly delaysMs: readonly number[] } | undefined;
}

const path = "options.queueArguments";

/** Arguments that do not fit the rest of a subscription. */
export function queueArgumentProblems(plan: ArgumentPlan, topology: "reliable" | "python"): string[] {
  const names = Object.keys(plan.queueArguments);
  if (names.length === 0) return [];
  if (topology === "python") {
    return [
      `${path} cannot be given with topology: "python": Python declares the queue without them, so RabbitMQ would reject one of the two declarations.`,
    ];
  }
  const problems = names.flatMap((name) => {
    const { of } = known[name] ?? {};
    if (of === undefined || of === plan.queueType) return [];
    return [`${path} has "${name}", which only ${of} queues have, but this queue is of type ${plan.queueType}.`];
  });
  problems.push(...losses(plan, names), ...delayedRetryProblems(plan));
  return problems;
}

/** Limits with which the broker would drop messages, because no queue takes those above the limit. */
function losses({ perInstance, reply }: ArgumentPlan, names: readonly string[]): string[] {
  const whose = perInstance ? "the queue of one instance (competing: false)" : "a queue of requests (reply)";
  const dropping = names.filter(
    (name) => ((perInstance || reply) && name === "x-message-ttl") || (perInstance && name.startsWith("x-max-length")),
  );
  return dropping.map(
    (name) =>
      `${path} has "${name}", which would drop messages: the broker does not dead-letter messages of ${whose}. Give this decorator queueArguments without it.`,
  );
}

/** In RabbitMQ 4.3 such a queue keeps returned messages for a time, so it delays messages itself. */
export function delaysByItself({ "x-delayed-retry-type": type = "disabled" }: QueueArguments): boolean {
  return type !== "disabled";
}

function delayedRetryProblems({ queueArguments, retry, orderingKey, singleActive }: ArgumentPlan): string[] {
  const { "x-delayed-retry-type": type, "x-delayed-retry-min": min, "x-delayed-retry-max": max } = queueArguments;
  const problems: string[] = [];
  if (type === undefined && (min !== undefined || max !== undefined)) {
    problems.push(`${path} has x-delayed-retry-min or x-delayed-retry-max, but no "x-delayed-retry-type".`);
  }
  if (!delaysByItself(queueArguments)) return problems;
  if ((retry?.delaysMs.length ?? 0) > 0) {
    problems.push(
      `${path} has "x-delayed-retry-type", and options.retry has delays: the broker and the framework would both delay the same message. Use only one of them. Leave out the arguments, or set retry: false (or quick retries) in this decorator and throw Requeue.`,
    );
  }
  if (orderingKey || singleActive) {
    problems.push(
      `${path} has "x-delayed-retry-type", which cannot be used with ${orderingKey ? "orderingKey" : "singleActive"}: while a message waits in its queue, later ones are handled.`,
    );
  }
  return problems;
}
