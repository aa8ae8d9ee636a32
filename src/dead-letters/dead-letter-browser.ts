/** The dead-letter browser: looks through a dead-letter queue, and replays, moves or purges what is meant. */
import { randomUUID } from "node:crypto";
import { AmqpConnection } from "../amqp-client/connection.ts";
import type { ResolvedConnectionOptions } from "../amqp-client/options.ts";
import { Publisher } from "../amqp-client/publisher.ts";
import {
  type QueueWalkReport,
  type QueueWalkResult,
  type QueueWalkVerdict,
  walkQueue,
} from "../amqp-client/queue-walk.ts";
import type { TakenMessage } from "../amqp-client/taken-message.ts";
import { inspectQueue } from "../amqp-client/topology.ts";
import type { Logger } from "../log/logger.ts";
import { headerNames } from "../transports/amqp/names/headers.ts";
import { isPromise } from "../util/is-promise.ts";
import { wait } from "../util/wait.ts";
import { type DeadLetterEntry, deadLetterEntryOf, replayTarget } from "./dead-letter-entry.ts";
import { movedCopy, renewedCopy, replayedCopy } from "./entry-copy.ts";

/** The action for the selected dead letters; `look` keeps them all. */
export type DeadLetterAction =
  | { readonly kind: "look" }
  /** To the queue in which each failed, or to its replacement. */
  | {
      readonly kind: "replay";
      readonly movedTo?: ReadonlyMap<string, string>;
      /** Another body for a dead letter; undefined: it is replayed as it is; `keep`: it stays. */
      readonly edit?: (entry: DeadLetterEntry) => EditedBody | Promise<EditedBody>;
      /** Told of the mark that the copy gets (`x-tomodachi-replay`), before the copy is sent. */
      readonly marked?: (entry: DeadLetterEntry, mark: string) => void;
    }
  | { readonly kind: "move"; readonly to: string }
  | { readonly kind: "purge" };

export type EditedBody = Buffer | "keep" | undefined;

export interface DeadLetterTask {
  /** The dead-letter queue. */
  readonly queue: string;
  readonly action: DeadLetterAction;
  readonly signal: AbortSignal;
  /** Whether a dead letter is meant. */
  matches(entry: DeadLetterEntry): boolean;
  /** At most this many. @default all */
  readonly limit?: number | undefined;
  /** At most this many in a second. @default as fast as the broker confirms */
  readonly perSecond?: number | undefined;
  /** At most this many are taken out of the queue at once. @default 32, or what goes out in 10 s at the rate */
  readonly atOnce?: number | undefined;
  /** Called for each selected dead letter, in the queue's order except for copies that are confirmed a little later. */
  done?(entry: DeadLetterEntry, result: EntryResult): void;
  /** Called for every message that was read, with their number. */
  seen?(count: number, standing: number): void;
}

/** `no target`: its headers do not say where it failed, so it cannot be replayed. The last three stay in the queue. */
export type EntryResult = QueueWalkResult | "no target";

const publishTimeoutSeconds = 30;
/** With a rate, at most as much is taken at once as is sent in this many seconds. */
const secondsAtOnce = 10;
const mostAtOnce = 32;

/** One broker's browser. Open it, work, close it. */
export class DeadLetterBrowser {
  readonly #connection: AmqpConnection;
  /** Apart from the other: a broker that blocks publishes reads nothing more from it. Opened with the first copy. */
  readonly #publishing: AmqpConnection;
  readonly #publisher: Publisher;

  /** `openLevel`: of the lines that say that a connection is open. */
  constructor(options: ResolvedConnectionOptions, logger: Logger, openLevel: "info" | "debug" = "info") {
    const settings = { options, name: "tomodachi dlq", logger, firstConnect: "once" as const, openLevel };
    this.#connection = new AmqpConnection({ ...settings, purpose: "consuming" });
    this.#publishing = new AmqpConnection({ ...settings, purpose: "publishing" });
    this.#publisher = new Publisher({
      connection: this.#publishing,
      logger,
      maxUnconfirmedMessages: 1000,
      maxUnconfirmedBytes: 64 * 1024 * 1024,
      publishTimeoutSeconds,
      // A copy that may have arrived is not sent twice: the original is still there, and the user who runs it again decides.
      republishUnknown: false,
      maxMessageBytes: Number.MAX_SAFE_INTEGER,
    });
  }

  open(signal?: AbortSignal): Promise<void> {
    return this.#connection.open(signal);
  }

  /** How many messages are in a queue; undefined if the queue does not exist. */
  async count(queue: string): Promise<number | undefined> {
    return (await inspectQueue(this.#connection, queue))?.messageCount;
  }

  /** Goes through a queue once. Rejects when the queue or the connection is lost; `done` was called for what was done before. */
  work(work: DeadLetterTask): Promise<QueueWalkReport> {
    return new Pass(work, this.#connection, this.#publisher).run();
  }

  /** Publishes a dead letter that was stored outside of the broker; false if the queue does not exist. Rejects when it is not confirmed. */
  async put(message: TakenMessage, queue: string): Promise<boolean> {
    const copy = movedCopy(deadLetterEntryOf(message, queue), queue, frameMaxOf(this.#connection));
    return !(await this.#publisher.publishCopy(copy)).returned;
  }

  async close(): Promise<void> {
    await this.#publisher.close();
    await Promise.all([this.#connection.close(), this.#publishing.close()]);
  }
}

class Pass {
  readonly #work: DeadLetterTask;
  readonly #connection: AmqpConnection;
  readonly #publisher: Publisher;
  readonly #withoutTarget = new Set<TakenMessage>();
  readonly #entries = new Map<TakenMessage, DeadLetterEntry>();
  /** Replays of this pass: one that fails again and returns in the meantime is ignored. */
  readonly #replays = new Set<string>();
  #taken = 0;
  #seen = 0;
  #standing = 0;
  #startedAt = 0;

  constructor(work: DeadLetterTask, connection: AmqpConnection, publisher: Publisher) {
    this.#work = work;
    this.#connection = connection;
    this.#publisher = publisher;
  }

  async run(): Promise<QueueWalkReport> {
    const { queue, signal, limit, perSecond, atOnce: most = mostAtOnce } = this.#work;
    this.#standing = (await inspectQueue(this.#connection, queue))?.messageCount ?? 0;
    this.#startedAt = performance.now();
    const atOnce = perSecond === undefined ? most : Math.min(most, Math.ceil(perSecond * secondsAtOnce));
    return walkQueue({
      connection: this.#connection,
      publisher: this.#publisher,
      queue,
      signal,
      groupSize: Math.min(mostAtOnce, Math.max(1, atOnce)),
      decide: (message) => this.#decide(message),
      settled: (message, result) => this.#settled(message, result),
      wanted: () => (limit === undefined ? Number.POSITIVE_INFINITY : limit - this.#taken),
      renew: (message) => renewedCopy(message, queue, frameMaxOf(this.#connection)),
    });
  }

  #decide(message: TakenMessage): QueueWalkVerdict | Promise<QueueWalkVerdict> {
    const { queue, action, limit, perSecond, matches } = this.#work;
    this.#seen++;
    this.#work.seen?.(this.#seen, Math.max(this.#standing, this.#seen));
    if (limit !== undefined && this.#taken >= limit) return { kind: "keep" };
    const replay = message.headers[headerNames.replay];
    if (typeof replay === "string" && this.#replays.has(replay)) return { kind: "keep" };
    const entry = deadLetterEntryOf(message, queue);
    if (!matches(entry)) return { kind: "keep" };
    this.#taken++;
    this.#entries.set(message, entry);
    const verdict = this.#verdict(entry, action);
    return perSecond === undefined ? verdict : this.#paced(verdict, perSecond);
  }

  #verdict(entry: DeadLetterEntry, action: DeadLetterAction): QueueWalkVerdict | Promise<QueueWalkVerdict> {
    if (action.kind === "purge") return { kind: "remove" };
    if (action.kind === "move")
      return { kind: "send", copy: movedCopy(entry, action.to, frameMaxOf(this.#connection)) };
    if (action.kind === "look") return { kind: "keep" };
    const target = replayTarget(entry, action.movedTo);
    if (target === undefined) {
      this.#withoutTarget.add(entry.message);
      return { kind: "keep" };
    }
    const edited = action.edit?.(entry);
    if (!isPromise(edited)) return this.#replay(entry, target, edited, action);
    return edited.then((body) => this.#replay(entry, target, body, action));
  }

  #replay(
    entry: DeadLetterEntry,
    target: string,
    edited: EditedBody,
    { marked }: DeadLetterAction & { readonly kind: "replay" },
  ): QueueWalkVerdict {
    if (edited === "keep") return { kind: "keep" };
    const replay = randomUUID();
    this.#replays.add(replay);
    marked?.(entry, replay);
    const facts = { now: new Date(), edited };
    return { kind: "send", copy: replayedCopy(entry, target, replay, facts, frameMaxOf(this.#connection)) };
  }

  async #paced(given: QueueWalkVerdict | Promise<QueueWalkVerdict>, perSecond: number): Promise<QueueWalkVerdict> {
    const verdict = await given;
    if (verdict.kind === "keep") return verdict;
    const due = this.#startedAt + ((this.#taken - 1) * 1000) / perSecond;
    const early = due - performance.now();
    if (early > 0) await wait(early, this.#work.signal);
    return verdict;
  }

  #settled(message: TakenMessage, result: QueueWalkResult): void {
    const entry = this.#entries.get(message);
    if (!entry) return;
    this.#entries.delete(message);
    this.#work.done?.(entry, this.#withoutTarget.delete(message) ? "no target" : result);
  }
}

/** That of the connection which is open: the other one is opened with the first copy, and does not know its limit before. */
function frameMaxOf({ limits: { frameMax } }: AmqpConnection): number {
  return frameMax === 0 ? Number.MAX_SAFE_INTEGER : frameMax;
}
