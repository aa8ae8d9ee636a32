/**
 * Shows messages that are published on a broker, without taking them from their consumers: a queue of our own is bound with the keys of the
 * services. It holds at most the last 200 messages, so a fast stream fills neither the broker nor this process.
 */
import { randomBytes } from "node:crypto";
import type { AmqpChannel } from "../../amqp-client/channel.ts";
import { AmqpConnection } from "../../amqp-client/connection.ts";
import type { ResolvedConnectionOptions } from "../../amqp-client/options.ts";
import type { ReceivedMessage } from "../../amqp-client/session/received-message.ts";
import { messageOf } from "../../errors.ts";
import { hidePasswords } from "../../log/hide-passwords.ts";
import { createSilentLogger } from "../../log/logger.ts";
import { encodeRoutingKey } from "../../transports/amqp/names/routing-key.ts";
import { wait } from "../../util/wait.ts";
import { connectionKey, type PlannedSubscription } from "./planned-services.ts";

const mostHeld = 200;
const mostAtOnce = 40;
const pauseMs = 500;
interface Binding {
  readonly exchange: string;
  readonly routingKey: string;
}

interface Watched {
  readonly connection: ResolvedConnectionOptions;
  readonly bindings: readonly Binding[];
}

export class PassingMessages {
  readonly #watched: readonly Watched[];
  readonly #seen: (message: ReceivedMessage) => void;
  #trouble: string | undefined;
  #watching: AbortController | undefined;
  #ended: Promise<unknown> = Promise.resolve();

  constructor(subscriptions: readonly PlannedSubscription[], seen: (message: ReceivedMessage) => void) {
    this.#watched = watchedOf(subscriptions);
    this.#seen = seen;
  }

  /** Why no messages can be shown; undefined if they can. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  start(): void {
    if (this.#watching) return;
    const watching = new AbortController();
    this.#watching = watching;
    const before = this.#ended;
    this.#ended = Promise.all([before, ...this.#watched.map((one) => this.#watch(one, watching.signal))]);
  }

  async stop(): Promise<void> {
    this.#watching?.abort();
    this.#watching = undefined;
    await this.#ended;
  }

  async #watch({ connection: options, bindings }: Watched, signal: AbortSignal): Promise<void> {
    const connection = new AmqpConnection({
      options,
      firstConnect: "once",
      name: "tomodachi console",
      purpose: "consuming",
      logger: createSilentLogger(),
    });
    try {
      while (!signal.aborted) {
        await this.#follow(connection, bindings, signal).catch((error: unknown) => {
          this.#trouble = `Passing messages cannot be shown: ${hidePasswords(messageOf(error))}`;
        });
        await wait(10 * pauseMs, signal);
      }
    } finally {
      await connection.close();
    }
  }

  /** Follows the messages. Rejects if the connection is lost, or the broker does not allow it. */
  async #follow(connection: AmqpConnection, bindings: readonly Binding[], signal: AbortSignal): Promise<void> {
    await connection.open(signal);
    const channel = await connection.openChannel();
    try {
      const queue = await declareOwn(channel, bindings);
      this.#trouble = undefined;
      while (!signal.aborted) {
        for (let count = 0; count < mostAtOnce && !signal.aborted; count++) {
          const message = await channel.get(queue);
          if (!message) break;
          channel.ack(message.deliveryTag);
          this.#seen(message);
        }
        await wait(pauseMs, signal);
      }
    } finally {
      await channel.close().catch(() => {});
    }
  }
}

/** Declares an exclusive queue, which ends with the connection. */
async function declareOwn(channel: AmqpChannel, bindings: readonly Binding[]): Promise<string> {
  const queue = `tomodachi.console.${randomBytes(6).toString("hex")}`;
  const limits = { "x-max-length": mostHeld, "x-overflow": "drop-head" };
  await channel.assertQueue(queue, { durable: false, exclusive: true, autoDelete: false, arguments: limits });
  for (const { exchange, routingKey } of bindings) await channel.bindQueue(queue, exchange, routingKey);
  return queue;
}

function watchedOf(subscriptions: readonly PlannedSubscription[]): readonly Watched[] {
  const found = new Map<string, { readonly connection: ResolvedConnectionOptions; readonly bindings: Binding[] }>();
  for (const { options, plan } of subscriptions) {
    const { exchangeName: exchange, patterns } = plan.bindings;
    if (exchange === "") continue;
    const key = connectionKey(options.connection);
    const one = found.get(key) ?? { connection: options.connection, bindings: [] };
    const { routingKeyPrefix } = options.naming;
    one.bindings.push(
      ...patterns.map((pattern) => ({ exchange, routingKey: encodeRoutingKey(pattern, routingKeyPrefix) })),
    );
    found.set(key, one);
  }
  return [...found.values()];
}
