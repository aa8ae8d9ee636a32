/** The order in which a queue delivers its messages: by the release, the type of the queue, and the priorities of messages. */
import type { BrokerProfile } from "./profile.ts";
import type { ServerQueueArguments } from "./queue-arguments.ts";

/** Which lane a message waits in, and which lane comes next. The highest lane is the last. */
export interface ReadyOrder {
  laneOf(priority: number | undefined): number;
  /** The lane to take from; `isEmpty` says whether a lane has no messages. */
  next(lanes: number, isEmpty: (lane: number) => boolean): number;
  /** A message was taken from this lane, and others wait in lower ones. */
  taken(lane: number): void;
}

/** From here on a message is of the higher kind (RabbitMQ 4.0, quorum queues). */
const leastOfHigh = 5;
/** The number of messages of the higher kind for each of the lower. */
const highForEachLow = 2;
/** RabbitMQ 4.3, quorum queues. */
const strict = { highest: 31, unset: 4 };

export function readyOrderOf(
  { type, maxPriority }: Pick<ServerQueueArguments, "type" | "maxPriority">,
  { priorities }: Pick<BrokerProfile, "priorities">,
): ReadyOrder {
  if (type === "classic") return new Levels(maxPriority, 0);
  if (priorities === "two") return new TwoKinds();
  return priorities === "strict" ? new Levels(strict.highest, strict.unset) : new Levels(0, 0);
}

/** The highest priority first. */
class Levels implements ReadyOrder {
  readonly #highest: number;
  readonly #unset: number;

  constructor(highest: number, unset: number) {
    this.#highest = highest;
    this.#unset = unset;
  }

  laneOf(priority = this.#unset): number {
    return Math.min(priority, this.#highest);
  }

  next(lanes: number, isEmpty: (lane: number) => boolean): number {
    for (let lane = lanes - 1; lane > 0; lane--) if (!isEmpty(lane)) return lane;
    return 0;
  }

  taken(): void {}
}

/** Two of the higher kind for each of the lower, while both wait. */
class TwoKinds implements ReadyOrder {
  #high = 0;

  laneOf(priority = 0): number {
    return priority >= leastOfHigh ? 1 : 0;
  }

  next(lanes: number, isEmpty: (lane: number) => boolean): number {
    if (lanes < 2 || isEmpty(1)) return 0;
    return this.#high < highForEachLow || isEmpty(0) ? 1 : 0;
  }

  taken(lane: number): void {
    this.#high = lane === 0 ? 0 : this.#high + 1;
  }
}
