/** The queue of a subscription: its name, its kind, and the queue that takes what failed. */
import { secondsOf } from "../../../util/duration.ts";
import {
  deadLetterQueueName,
  givenDeadLetterQueueName,
  givenQueueName,
  perInstanceQueueName,
  pythonQueueName,
  readableQueueName,
  retryBaseName,
} from "../names/queue-name.ts";
import { type DeclareMode, declareOf } from "./declare-option.ts";
import type { FailurePlan } from "./failure-plan.ts";
import type { QueueType } from "./handling-options.ts";
import type { ResolvedAmqpOptions } from "./options.ts";
import { type QueueArguments, queueArgumentProblems } from "./queue-arguments.ts";
import type { RunPlan } from "./run-plan.ts";
import type { AmqpOptions } from "./subscription-options.ts";

/** What is fixed when the queue is made. */
interface QueueTraits {
  readonly queueType: QueueType;
  readonly queueTtl: number;
  readonly singleActive: boolean;
  /** 0 if it has none. A quorum queue is declared without it. */
  readonly maxPriority: number;
  /** Arguments of the team's own. */
  readonly queueArguments: QueueArguments;
}

/** The queue that a subscription consumes, and the one that takes what failed. */
export interface QueuePlan extends QueueTraits {
  readonly queueName: string;
  /** The queue that takes what failed; instances of one subscription share it, and subscriptions that name the same one. */
  readonly deadLetterQueue: string;
  /** Each instance has its own queue. */
  readonly perInstance: boolean;
  readonly previousQueueNames: readonly string[];
  /** Who declares the queue, its bindings and its dead-letter queue. */
  readonly declare: DeclareMode;
}

/** Whose queue it is. */
export interface QueueOwner {
  readonly service: { readonly name: string; readonly uuid: string; readonly options: ResolvedAmqpOptions };
  readonly method: string;
  /** The first pattern of the subscription. */
  readonly pattern: string;
}

export function resolveQueue(own: AmqpOptions, owner: QueueOwner): QueuePlan {
  const { handling, topology } = owner.service.options;
  const python = topology.profile === "python";
  const competing = own.competing ?? (python ? own.queueName !== undefined : true);
  const queueType = own.queueType ?? handling.queueType ?? "quorum";
  const { queue: declare } = declareOf(own.declare, topology.declare);
  return {
    ...queueNamesOf(own, competing, owner),
    perInstance: !competing,
    queueType: competing && !python ? queueType : "classic",
    queueTtl: secondsOf(own.queueTtl ?? handling.queueTtl ?? (python ? "1d" : 0)),
    singleActive: own.singleActive ?? handling.singleActive ?? false,
    maxPriority: own.maxPriority ?? handling.maxPriority ?? 0,
    queueArguments: own.queueArguments ?? handling.queueArguments ?? {},
    previousQueueNames: own.previousQueueNames ?? [],
    // The environment variable cannot apply to it: only the instance can create it.
    declare: topology.declare.fixed && !competing ? true : declare,
  };
}

/** The highest priority of a quorum queue of RabbitMQ 4.3. */
const mostOfQuorum = 31;

/** Options of a queue that do not go together, or with what else the subscription does. */
export function queueProblems(
  queue: QueuePlan,
  { runs, failures }: { readonly runs: RunPlan; readonly failures: FailurePlan },
  service: QueueOwner["service"],
): string[] {
  const { queueType, maxPriority, perInstance, declare } = queue;
  const problems: string[] = [];
  if (maxPriority > mostOfQuorum && queueType === "quorum") {
    problems.push(
      `options.maxPriority is ${maxPriority}, but a quorum queue has the priorities 0 to ${mostOfQuorum}. Write ${mostOfQuorum} or less, or queueType: "classic".`,
    );
  }
  if (perInstance && declare !== true) {
    problems.push(
      `options.declare is ${JSON.stringify(declare)} for a queue of one instance (competing: false), but only the instance can create its queue. Write declare: { queue: true } here, or competing: true.`,
    );
  }
  const { orderingKey, reply } = runs;
  problems.push(...deadLetterQueueProblems(queue, service));
  const plan = { ...queue, orderingKey, reply, retry: failures.retry };
  return [...problems, ...queueArgumentProblems(plan, service.options.topology.profile)];
}

/** A dead-letter queue that would not keep what it gets, or that the framework uses for something else. */
function deadLetterQueueProblems(
  { queueName, deadLetterQueue }: QueuePlan,
  { name, options }: QueueOwner["service"],
): string[] {
  if (deadLetterQueue === queueName) {
    return [
      `options.deadLetterQueue is the subscription's own queue "${queueName}": failed messages would return forever. Name another queue.`,
    ];
  }
  const lost = deadLetterQueueName(`${retryBaseName(name, options.naming.queueNamePrefix)}.lost`);
  if (deadLetterQueue !== lost) return [];
  return [
    `options.deadLetterQueue is "${lost}", where the service keeps retries whose queue was deleted. Use another queue.`,
  ];
}

function queueNamesOf(
  { queueName: given, functionName, deadLetterQueue }: AmqpOptions,
  competing: boolean,
  { service, method, pattern }: QueueOwner,
): Pick<QueuePlan, "queueName" | "deadLetterQueue"> {
  const { naming, topology, handling } = service.options;
  const { queueNamePrefix: prefix } = naming;
  const { name, uuid } = service;
  const named = deadLetterQueue ?? handling.deadLetterQueue;
  const deadLettersOf = (queue: string): string =>
    named === undefined ? deadLetterQueueName(queue) : givenDeadLetterQueueName(named, { service: name, prefix });
  const readable = (): string => readableQueueName({ prefix, service: name, method, pattern });
  if (topology.profile === "python") {
    const queueName =
      given === undefined
        ? pythonQueueName({ prefix, routingKey: pattern, competing, functionName: functionName ?? method, uuid })
        : givenQueueName(given, prefix);
    // The name of an instance's own queue ends with the instance; its dead letters are kept where the next one finds them.
    const lasting = given === undefined && !competing ? readable() : queueName;
    return { queueName, deadLetterQueue: deadLettersOf(lasting) };
  }
  const shared = given === undefined ? readable() : givenQueueName(given, prefix);
  const queueName = competing ? shared : perInstanceQueueName(shared, uuid);
  return { queueName, deadLetterQueue: deadLettersOf(shared) };
}
