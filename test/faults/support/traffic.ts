// Three streams through one service while something breaks: publishes, messages that are handled, messages that are forwarded.
import { expect } from "vitest";
import { amqp, amqpPublish, defineOptions, JsonBase, Service, type ServiceOptions } from "../../../src/index.ts";
import { amqpUrl, connectForeign, type ForeignConnection, uniqueName, until } from "../../support/broker.ts";
import { type RunningServices, start } from "../../support/running.ts";
import type { Ledger } from "../ledger.ts";
import { type Allowed, FaultCase } from "./fault-case.ts";

export interface TrafficOptions {
  /** @default this run's broker */
  readonly url?: string | undefined;
  readonly amqp?: ServiceOptions["amqp"];
  /** Publishers that run at once, each awaiting its own. @default 10 */
  readonly lanes?: number;
  /** Bytes that are added to each message. @default 0 */
  readonly padding?: number;
}

/** One service that publishes to itself: half of the messages are handled, half are forwarded and handled then. */
export class Traffic implements AsyncDisposable {
  readonly name: string = uniqueName("traffic");
  readonly service: Service;
  readonly #fault: FaultCase;
  readonly #padding: string;
  readonly #lanes: number;
  readonly #url: string | undefined;
  #running: RunningServices | undefined;
  #publishing: Promise<unknown> = Promise.resolve();
  #sent = 0;
  #stopped = true;

  /** @param fault what is done to the traffic, for the table of `npm run soak` */
  constructor(fault: string, { url = amqpUrl, amqp: options, lanes = 10, padding = 0 }: TrafficOptions) {
    this.#fault = new FaultCase(fault);
    const { ledger, name } = this;
    this.#lanes = lanes;
    this.#url = url;
    this.#padding = "x".repeat(padding);
    const scope = `${name}.`;
    class Streams extends Service {
      override name = name;
      override messageEnvelope = JsonBase;
      override options = defineOptions({ amqp: { url, routingKeyPrefix: scope, queueNamePrefix: scope, ...options } });
      @amqp("handled") onHandled({ id }: Message) {
        ledger.handled(id);
      }
      @amqp("forwarded") async onForwarded(message: Message) {
        await amqpPublish(this, message, { routingKey: "handled" });
      }
    }
    this.service = new Streams();
  }

  get ledger(): Ledger {
    return this.#fault.ledger;
  }

  get running(): RunningServices {
    if (!this.#running) throw new Error("the traffic has not started");
    return this.#running;
  }

  /** Publishes that began. */
  get sent(): number {
    return this.#sent;
  }

  async start(): Promise<this> {
    this.#running = await start(this.service);
    return this;
  }

  /** Starts to publish; continues until `stopPublishing`. */
  publish(): void {
    this.#stopped = false;
    this.#publishing = Promise.all(Array.from({ length: this.#lanes }, () => this.#lane()));
  }

  /** Publishes one message, into the ledger. */
  async publishOne(): Promise<void> {
    const id = `${++this.#sent}`;
    const routingKey = this.#sent % 2 === 0 ? "handled" : "forwarded";
    await this.ledger.publish(id, () => amqpPublish(this.service, { id, padding: this.#padding }, { routingKey }));
  }

  /** Resolves when this many more messages have been confirmed. */
  async flowed(more: number): Promise<void> {
    const { confirmed } = this.ledger.balance();
    await until(() => this.ledger.balance().confirmed >= confirmed + more, {
      timeoutMs: 30_000,
      what: `${more} more confirmed messages (${JSON.stringify(this.service.health().reasons)})`,
    });
  }

  async stopPublishing(): Promise<void> {
    this.#stopped = true;
    await this.#publishing;
  }

  /** Resolves when the service says that all is well again. */
  async healthy(timeoutMs = 30_000): Promise<void> {
    try {
      await until(() => this.service.health().healthy, { timeoutMs, what: "the service to be healthy" });
    } catch (error) {
      throw new Error(JSON.stringify(this.service.health()), { cause: error });
    }
  }

  /** The end of a test: publishing stops, all is counted, every consumer consumes again, and nothing is left in a queue. */
  async settled(allowed: Pick<Allowed, "mayReject" | "mayPutAside" | "mayBeBoth"> = {}): Promise<void> {
    await this.stopPublishing();
    await this.healthy();
    await using witness = await connectForeign(this.#url);
    // A message that is still there, or in flight, may be a copy of one that was handled already.
    await until(() => this.#isIdle(witness), { timeoutMs: 40_000, what: "every queue to be empty" });
    await this.#fault.end({ mayPutAside: 0, ...allowed, look: () => this.#countDeadLetters(witness) });
    expect(this.service.health().transports[0]?.consumers.map(({ state }) => state)).toEqual([
      "consuming",
      "consuming",
    ]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await this.#running?.stop();
    await this.#publishing;
  }

  async #isIdle(witness: ForeignConnection): Promise<boolean> {
    for (const { queue, unacknowledged } of this.service.health().transports[0]?.consumers ?? []) {
      if (unacknowledged > 0 || (await witness.queueInfo(queue))?.messageCount !== 0) return false;
    }
    return true;
  }

  async #countDeadLetters(witness: ForeignConnection): Promise<void> {
    for (const { queue } of this.service.health().transports[0]?.consumers ?? []) {
      // RabbitMQ 3.10 answers a get from a queue whose leader is not back yet with the end of the connection.
      if (((await witness.queueInfo(`${queue}.dlq`))?.messageCount ?? 0) === 0) continue;
      for (
        let deadLetter = await witness.get(`${queue}.dlq`);
        deadLetter;
        deadLetter = await witness.get(`${queue}.dlq`)
      ) {
        const { data } = JSON.parse(deadLetter.content.toString()) as { data: Message };
        // Of a forwarded message the copy that was to be handled.
        this.ledger.deadLettered(data.id);
      }
    }
  }

  async #lane(): Promise<void> {
    while (!this.#stopped) await this.publishOne();
  }
}

interface Message {
  readonly id: string;
}

/** @param fault what is done to the traffic, for the table of `npm run soak` */
export function startTraffic(fault: string, options: TrafficOptions = {}): Promise<Traffic> {
  return new Traffic(fault, options).start();
}
