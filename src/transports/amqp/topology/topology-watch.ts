/**
 * Notices deletions that no consumer would notice while the service runs: exchanges and queues of retries, and dead-letter queues.
 * They are declared again, or only reported if the service does not declare them. A consumed queue is watched here only while its
 * consumer is paused: otherwise the broker informs the consumer.
 */
import type { AmqpConnection } from "../../../amqp-client/connection.ts";
import { type FoundTopology, findMissing } from "../../../amqp-client/find-missing.ts";
import type { Logger } from "../../../log/logger.ts";
import type { Clock } from "../../../util/clock.ts";

/** Milliseconds between two looks. */
export const everyMs = 30_000;

/** What belongs together and is declared together. */
export interface WatchedPart {
  readonly exchanges: readonly string[];
  /** Asked at each look: they may change. */
  readonly queues: readonly string[];
  /** Follows the warning that some of it was missing: the effect on messages. */
  readonly consequence: string;
  /** Declares all of it again; undefined if the service does not declare it. */
  readonly restore: (() => Promise<void>) | undefined;
  /** Called at each check, with the content of the queues: for what the broker does not report. */
  looked?(found: Pick<FoundTopology, "messages" | "consumed">): Promise<void>;
}

export interface TopologyWatchSettings {
  readonly connection: AmqpConnection;
  readonly logger: Logger;
  readonly clock: Clock;
}

export class TopologyWatch {
  readonly #settings: TopologyWatchSettings;
  readonly #parts = new Map<string, WatchedPart>();
  #started = false;
  #stopped = false;
  #cancelTimer: () => void = () => {};
  #unsubscribe: () => void = () => {};
  #looking: Promise<void> | undefined;
  /** What could not be declared again at the last check: it is reported once. */
  readonly #failing = new Set<string>();
  /** What was missing at the last check, and another tool has to declare: by part, as reported. */
  readonly #missed = new Map<string, string>();

  constructor(settings: TopologyWatchSettings) {
    this.#settings = settings;
  }

  /** Watches one part from now on; one with the same key is replaced. */
  add(key: string, part: WatchedPart): void {
    this.#parts.set(key, part);
  }

  /** Looks from now on every 30 seconds, and whenever the connection was opened again. */
  start(): void {
    if (this.#started || this.#stopped) return;
    this.#started = true;
    this.#unsubscribe = this.#settings.connection.subscribe({ opened: () => this.#lookNow() });
    this.#schedule();
  }

  /** Looks no more. Resolves when a look that has begun has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer();
    this.#unsubscribe();
    await this.#looking;
  }

  #schedule(): void {
    this.#cancelTimer();
    if (!this.#stopped) this.#cancelTimer = this.#settings.clock.after(everyMs, () => this.#lookNow());
  }

  #lookNow(): void {
    if (this.#stopped) return;
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
      this.#schedule();
    });
  }

  /** Never rejects: a broker that cannot be asked now is asked again at the next look. All names are asked on one channel. */
  async #look(): Promise<void> {
    const { connection } = this.#settings;
    const parts = [...this.#parts];
    const exchanges = parts.flatMap(([, part]) => part.exchanges);
    const queues = parts.flatMap(([, part]) => part.queues);
    const found = await this.#attempt(
      "everything",
      "Cannot check the queues and exchanges that retries and dead letters need",
      () => findMissing(connection, { exchanges, queues }),
    );
    if (!found) return;
    for (const [key, part] of parts) {
      if (this.#stopped || connection.state !== "connected") return;
      await this.#attempt(key, `${namesOf(part)} cannot be declared again`, () => this.#lookAt(key, part, found));
    }
  }

  /** A failure while the connection is open is reported once, until it has succeeded. */
  async #attempt<T>(key: string, failure: string, step: () => Promise<T>): Promise<T | undefined> {
    const { connection, logger } = this.#settings;
    if (this.#stopped || connection.state !== "connected") return undefined;
    try {
      const result = await step();
      this.#failing.delete(key);
      return result;
    } catch (error) {
      if (connection.state !== "connected") return undefined;
      const level = this.#failing.has(key) ? "debug" : "error";
      this.#failing.add(key);
      logger[level]({ err: error }, `${failure}; the service tries again every 30 seconds`);
      return undefined;
    }
  }

  async #lookAt(key: string, part: WatchedPart, { missing: all, ...found }: FoundTopology): Promise<void> {
    const missing = {
      exchanges: part.exchanges.filter((name) => all.exchanges.includes(name)),
      queues: part.queues.filter((name) => all.queues.includes(name)),
    };
    if (!part.restore) this.#miss(key, part, namesOf(missing));
    else if (missing.exchanges.length + missing.queues.length > 0) {
      await part.restore();
      this.#settings.logger.warn(
        `${namesOf(missing)} did not exist any more and was declared again. ${part.consequence}`,
      );
    }
    await part.looked?.(found);
  }

  /** Reported once, until all of it exists again. */
  #miss(key: string, { consequence }: WatchedPart, missing: string): void {
    const before = this.#missed.get(key) ?? "";
    this.#missed.set(key, missing);
    const { logger } = this.#settings;
    if (missing !== "" && missing !== before) {
      logger.error(
        `${missing} did not exist any more. ${consequence} The service does not declare this itself (declare: "verify"). Create it again, as "tomodachi topology" prints.`,
      );
    } else if (missing === "" && before !== "") logger.info(`${before} exists again`);
  }
}

function namesOf({ exchanges, queues }: Pick<WatchedPart, "exchanges" | "queues">): string {
  const all = [...exchanges.map((name) => `the exchange "${name}"`), ...queues.map((name) => `the queue "${name}"`)];
  const text = all.join(", ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
