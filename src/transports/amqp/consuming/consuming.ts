/** What one service consumes from one broker: its connections, and its queues from the start to the end. */
import { setMaxListeners } from "node:events";
import type { AmqpConnection } from "../../../amqp-client/connection.ts";
import type { ConsumerHealth } from "../../../service/health.ts";
import type { OpenWork } from "../../../service/open-work.ts";
import type { SubscriptionPlan } from "../options/plan.ts";
import { checkBeforeStart } from "./before-start.ts";
import type { ConsumedQueue } from "./consumed-queue.ts";
import { ConsumingConnections } from "./consuming-connections.ts";
import { type ConsumingScope, createConsumingScope, type ScopeParts } from "./consuming-scope.ts";
import { drain } from "./drain.ts";
import { SubscriptionStarter } from "./start-subscription.ts";

export interface ConsumingSettings extends Omit<ScopeParts, "connection" | "abort"> {
  /** Makes a connection to consume on. */
  connect(): AmqpConnection;
}

export class Consuming {
  readonly #connections: ConsumingConnections;
  readonly #scope: ConsumingScope;
  readonly #abort = new AbortController();
  /** Those of subscriptions first, then those under previous names. */
  #consumed: readonly ConsumedQueue[] = [];

  constructor({ connect, ...parts }: ConsumingSettings) {
    // Each message that pauses listens to it; of the eleventh Node would warn as of a leak.
    setMaxListeners(0, this.#abort.signal);
    this.#connections = new ConsumingConnections(connect);
    const connection = this.#connections.first;
    this.#scope = createConsumingScope({ ...parts, connection, abort: this.#abort.signal });
  }

  get connections(): readonly AmqpConnection[] {
    return this.#connections.all;
  }

  /** Opened before the others; what belongs to no single subscription is on it. */
  get first(): AmqpConnection {
    return this.#connections.first;
  }

  /** The properties of the broker, once there is a connection. */
  get broker(): AmqpConnection["broker"] {
    return this.#connections.first.broker;
  }

  /** Opens the first connection. */
  async open(signal: AbortSignal): Promise<void> {
    await this.#connections.first.open(signal);
  }

  /** Looks whether the broker has what the plans ask for, and what other tools declare. Changes nothing there. */
  async check(plans: readonly SubscriptionPlan[], signal: AbortSignal): Promise<void> {
    const { connectTimeoutSeconds } = this.#scope.options.connection;
    await checkBeforeStart(this.#scope, plans, this.#connections.repeatOnFirst(signal, connectTimeoutSeconds));
  }

  /** Declares what the plans need, and starts to consume. Steps that a lost connection ended are repeated. */
  async start(plans: readonly SubscriptionPlan[], signal: AbortSignal): Promise<void> {
    const { connectTimeoutSeconds } = this.#scope.options.connection;
    const assigned = await this.#connections.assign(plans, signal, connectTimeoutSeconds);
    const starter = new SubscriptionStarter(this.#scope);
    const prepared = await Promise.all(
      assigned.map(({ plan, connection, repeat }) => repeat(() => starter.prepare(plan, connection))),
    );
    if (signal.aborted) throw signal.reason;
    const previousQueues = prepared.flatMap((one) => one.previousQueues);
    this.#consumed = [...prepared.map(({ subscription }) => subscription), ...previousQueues];
    await Promise.all(
      assigned.map(({ repeat }, at) => repeat(async (again) => prepared[at]?.subscription.start(again))),
    );
    for (const previous of previousQueues) previous.start();
    this.#scope.watch.start();
  }

  /** Resolves when nothing of the handler runs. */
  pause(handler: string, reason: string): Promise<void> {
    return this.#scope.pauses.pause(handler, reason, this.#consumed);
  }

  resume(handler: string): void {
    this.#scope.pauses.resume(handler, this.#consumed);
  }

  health(): readonly ConsumerHealth[] {
    return this.#consumed.map((consumed) => consumed.health()).filter((consumer) => consumer !== undefined);
  }

  /** What of the queues, and of what waits for its next run, is not done yet. */
  async openWork(): Promise<readonly OpenWork[]> {
    const consuming = await Promise.all(this.#consumed.map((consumed) => consumed.openWork()));
    const parked = await this.#scope.retryTiers.openWork();
    return [...consuming.filter((work) => work !== undefined), ...parked];
  }

  /** Resolves when no run is left, and nothing new comes. When the signal aborts, the runs are aborted. */
  drain(signal: AbortSignal): Promise<void> {
    return drain(this.#consumed, this.#abort, signal);
  }

  /** Ends the consumers; the connections stay. A broker that does not answer makes a step wait, but not after `late`. */
  async close(late: Promise<void>): Promise<void> {
    await Promise.race([this.#scope.watch.stop(), late]);
    await Promise.race([Promise.all(this.#consumed.map((consumed) => consumed.close())), late]);
  }

  closeConnections(): Promise<void> {
    return this.#connections.close();
  }
}
