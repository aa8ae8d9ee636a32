/** The queue of a subscription: its name, its kind, and the queue that takes what failed. */
import { secondsOf } from "../../../util/duration.ts";
import {
  deadLetterQueueName,
  givenQueueName,
  perInstanceQueueName,
  pythonQueueName,
  readableQueueName,
} from "../names/queue-name.ts";
import { type DeclareMode, declareOf } from "./declare-option.ts";
import type { QueueType } from "./handling-options.ts";
import type { ResolvedAmqpOptions } from "./options.ts";
import type { AmqpOptions } from "./subscription-options.ts";

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
    alone: python && !competing,
    queueType: competing && !python ? queueType : "classic",
    queueTtl: secondsOf(own.queueTtl ?? handling.queueTtl ?? (python ? "1d" : 0)),
    singleActive: own.singleActive ?? handling.singleActive ?? false,
    maxPriority: own.maxPriority ?? handling.maxPriority ?? 0,
    previousQueueNames: own.previousQueueNames ?? [],
    // What the environment says cannot be meant for it: nobody else can make it.
    declare: topology.declare.fixed && !competing ? true : declare,
  };
}

/** Options of a queue that do not go together. */
export function queueProblems({ queueType, maxPriority, perInstance, declare }: QueuePlan): string[] {
  const problems: string[] = [];
  if (maxPriority > 0 && queueType !== "classic") {
    problems.push('options.maxPriority needs queueType: "classic"; quorum queues have no priorities to set.');
  }
  if (perInstance && declare !== true) {
    problems.push(
      `options.declare is ${JSON.stringify(declare)} for a queue that each instance has for itself (competing: false), and nobody else can make it. Write declare: { queue: true } here, or competing: true.`,
    );
  }
  return problems;
}

function queueNamesOf(
  { queueName: given, functionName }: AmqpOptions,
  competing: boolean,
  { service, method, pattern }: QueueOwner,
): Pick<QueuePlan, "queueName" | "deadLetterQueue"> {
  const { naming, topology } = service.options;
  const { queueNamePrefix: prefix } = naming;
  const { name, uuid } = service;
  const readable = (): string => readableQueueName({ prefix, service: name, method, pattern });
  if (topology.profile === "python") {
    const queueName =
      given === undefined
        ? pythonQueueName({ prefix, routingKey: pattern, competing, functionName: functionName ?? method, uuid })
        : givenQueueName(given, prefix);
    // A name of one instance's own ends with the instance; its dead letters are kept where the next one finds them.
    const lasting = given === undefined && !competing ? readable() : queueName;
    return { queueName, deadLetterQueue: deadLetterQueueName(lasting) };
  }
  const shared = given === undefined ? readable() : givenQueueName(given, prefix);
  const queueName = competing ? shared : perInstanceQueueName(shared, uuid);
  return { queueName, deadLetterQueue: deadLetterQueueName(shared) };
}
