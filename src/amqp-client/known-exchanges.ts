/** Which exchanges are known to exist: a publish to another asks first, so that a missing one costs its own publishes only. */
import { wait } from "../util/wait.ts";
import { atMost } from "../util/within.ts";
import type { AmqpConnection } from "./connection.ts";
import { replyOf } from "./errors.ts";
import { missingExchange } from "./publish-errors.ts";
import { checkExchange } from "./topology.ts";

/**
 * Before each attempt to declare an exchange again. RabbitMQ needs a moment to delete an exchange with many bindings: until then
 * it confirms a declaration, and deletes what was declared.
 */
const pausesMs = [0, 50, 100, 200, 400, 800];

export interface KnownExchangesSettings {
  readonly connection: AmqpConnection;
  /** Declares again what this process declared. Never rejects. */
  declareAgain(): Promise<void>;
  /** Called after each answer, when the publishes that waited for it have continued. */
  checked?(): void;
  /** Whether an exchange is checked if it has no setting of its own. @default true */
  readonly looks?: boolean | undefined;
}

export class KnownExchanges {
  readonly #settings: KnownExchangesSettings;
  readonly #known = new Set<string>();
  /** Declared by this process, which can do it again. */
  readonly #own = new Set<string>();
  /** Whether these are looked for. */
  readonly #looks = new Map<string, boolean>();
  readonly #checks = new Map<string, Promise<void>>();

  constructor(settings: KnownExchangesSettings) {
    this.#settings = settings;
  }

  get checking(): boolean {
    return this.#checks.size > 0;
  }

  /** This process declared it (true), or has looked for it ("verify"), or asks nothing about it (false). */
  add(name: string, declared: boolean | "verify" = true): void {
    if (declared === false) this.lookFor(name, false);
    else this.#known.add(name);
    if (declared === true) this.#own.add(name);
  }

  /** Whether the first publish to it is preceded by a look for it. */
  lookFor(name: string, looks: boolean): void {
    this.#looks.set(name, looks);
  }

  /** Something may be wrong with it: the next publish to it asks again. False for one about which nothing is asked. */
  doubt(name: string): boolean {
    if (this.isNeverAskedFor(name)) return false;
    this.#known.delete(name);
    return true;
  }

  /** Without a connection there is no check: the broker's answer to the publish itself will show it. */
  has(name: string): boolean {
    if (this.#known.has(name) || this.isNeverAskedFor(name)) return true;
    return this.#settings.connection.state !== "connected";
  }

  /**
   * Checks once for all callers at the same time, on a throw-away channel. Rejects when the exchange does not exist; resolves
   * when it exists, when this cannot be known, and at the deadline, on the clock of performance.now().
   */
  check(name: string, deadline: number): Promise<void> {
    return atMost(this.#askOnce(name), deadline - performance.now());
  }

  /** The broker's own exchanges cannot be deleted. */
  isNeverAskedFor(name: string): boolean {
    if (name === "" || name.startsWith("amq.")) return true;
    return !(this.#looks.get(name) ?? this.#settings.looks ?? true);
  }

  #askOnce(name: string): Promise<void> {
    let check = this.#checks.get(name);
    if (!check) {
      check = this.#ask(name).finally(() => {
        this.#checks.delete(name);
        setImmediate(() => this.#settings.checked?.());
      });
      this.#checks.set(name, check);
    }
    return check;
  }

  async #ask(name: string): Promise<void> {
    let error = await this.#failure(name);
    for (const pauseMs of pausesMs) {
      if (replyOf(error).replyCode !== 404 || !this.#own.has(name)) break;
      await wait(pauseMs);
      await this.#settings.declareAgain();
      error = await this.#failure(name);
    }
    if (error === undefined) return;
    const reply = replyOf(error);
    if (reply.replyCode === 404) throw missingExchange(name, reply, error);
    // RabbitMQ asks the permission `configure` for a passive declaration, since 4.2.6 and 4.3.0. A login that may only publish
    // has none, and does not have to ask each time.
    if (reply.replyCode === 403) this.#known.add(name);
    // Anything else is trouble of the connection, which the publish itself will meet and wait for.
  }

  /** The broker's error for it; undefined when it exists, and is known from then on. */
  async #failure(name: string): Promise<unknown> {
    try {
      await checkExchange(this.#settings.connection, name);
      this.#known.add(name);
      return undefined;
    } catch (error) {
      return (error as { cause?: unknown }).cause ?? error;
    }
  }
}
