/**
 * The embedded broker of a development run. This process starts it, or uses that of another process and replaces it when that process ends.
 */
import type { Broker } from "../../amqp-broker/broker.ts";
import type { BrokerOptions } from "../../amqp-broker/options.ts";
import { hasCode } from "../../errors.ts";
import type { Logger } from "../../log/logger.ts";
import { embeddedBrokerProduct } from "../../util/product-names.ts";
import { wait } from "../../util/wait.ts";
import { type Listener, peekListener } from "./peek-listener.ts";

const loopback = "127.0.0.1";
/** How long to wait before a port that is taken but does not answer is checked again, in milliseconds. */
const retryMs = 100;
const looks = 10;

/** Which program has the port. */
export type Holder = "this process" | "another process" | "another broker";

export class DevBroker {
  readonly #port: number;
  readonly #logger: Logger;
  readonly #stopping = new AbortController();
  #holding: Promise<Holder> | undefined;
  #broker: Broker | undefined;
  #listener: Listener | undefined;

  constructor(port: number, logger: Logger) {
    this.#port = port;
    this.#logger = logger;
  }

  get url(): string {
    return devBrokerUrl(this.#port);
  }

  /** Which program has the port, without starting a broker; undefined if no program listens. */
  async look(): Promise<Holder | undefined> {
    const listener = await peekListener(loopback, this.#port);
    listener?.leave();
    return listener && holderOf(listener);
  }

  /**
   * From now on an embedded broker listens as long as this process runs: its own, or that of another process and later its own. Every call
   * returns the same result. Another broker on the port is never replaced. Rejects if no broker listens there and this process cannot
   * listen either.
   */
  hold(): Promise<Holder> {
    this.#holding ??= this.#startOrJoin();
    return this.#holding;
  }

  /** Describes the program that listens on the port. */
  describeListener(): string {
    return describeListener(this.#listener);
  }

  /** Call it last, because services must end before their broker does. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#listener?.leave();
    await this.#holding?.catch(() => {});
    await this.#broker?.stop();
  }

  get #address(): string {
    return `${loopback}:${this.#port}`;
  }

  async #startOrJoin(): Promise<Holder> {
    for (let look = 1; look <= looks && !this.#stopping.signal.aborted; look++) {
      const listener = await peekListener(loopback, this.#port);
      this.#listener = listener;
      if (listener) return this.#join(listener);
      // If several processes see a free port, one of them gets it. The others find that one when they look again.
      if (await this.#start()) return "this process";
      await wait(retryMs, this.#stopping.signal);
    }
    return "another broker";
  }

  #join(listener: Listener): Holder {
    const holder = holderOf(listener);
    if (holder === "another process" && !this.#stopping.signal.aborted) void this.#watch(listener);
    else listener.leave();
    return holder;
  }

  /** Returns false if the port was taken meanwhile. */
  async #start(): Promise<boolean> {
    try {
      this.#broker = await listenOn({ host: loopback, port: this.#port, logger: this.#logger });
      return true;
    } catch (error) {
      if (isPortTaken(error)) return false;
      throw error;
    }
  }

  async #watch(listener: Listener): Promise<void> {
    // Loaded early, so that the new broker listens before most services connect again.
    import("../../amqp-broker/broker.ts").catch(() => {});
    const since = performance.now();
    await listener.gone;
    // A program that closes every connection at once is asked again a little later.
    if (performance.now() - since < retryMs) await wait(retryMs, this.#stopping.signal);
    if (this.#stopping.signal.aborted) return;
    this.#holding = this.#startOrJoin();
    try {
      const holder = await this.#holding;
      if (!this.#stopping.signal.aborted) this.#tellOfChange(holder);
    } catch (error) {
      this.#logger.error(
        { err: error },
        `The embedded broker on ${this.#address} ended, and cannot be started here. Run \`tomodachi broker\`, or start the services again`,
      );
    }
  }

  #tellOfChange(holder: Holder): void {
    const ended = `The process with the embedded broker on ${this.#address} ended`;
    if (holder === "this process") {
      this.#logger.warn(`${ended}: this process runs the broker now. The messages of the earlier broker are lost.`);
    }
    if (holder === "another broker") {
      this.#logger.warn(`${ended}, and ${this.describeListener()} took its place, so no embedded broker is started.`);
    }
  }
}

/** The URL for services: there is one login and one virtual host. */
export function devBrokerUrl(port: number): string {
  return `amqp://guest:guest@${loopback}:${port}/%2F`;
}

/** Starts an embedded broker. Its code is loaded only now, so that a run with another broker does not load it. */
export async function listenOn(options: BrokerOptions): Promise<Broker> {
  const { startBroker } = await import("../../amqp-broker/broker.ts");
  return startBroker(options);
}

/** Whether a broker did not start because another program listens on its port. */
export function isPortTaken(error: unknown): boolean {
  return error instanceof Error && hasCode(error.cause, "EADDRINUSE");
}

/** A description of the listener: "RabbitMQ 4.1.0". */
export function describeListener(listener: Listener | undefined): string {
  if (listener?.product === undefined) return "a program that is not an AMQP broker";
  if (listener.product === embeddedBrokerProduct) return "another embedded broker";
  return [listener.product, listener.version].filter(Boolean).join(" ");
}

function holderOf({ product }: Listener): Holder {
  return product === embeddedBrokerProduct ? "another process" : "another broker";
}
