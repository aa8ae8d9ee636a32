/** A TCP proxy between a client and its broker that simulates network faults. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { type FieldChecks, fieldProblems, oneOf, otherNameOf } from "../util/check-fields.ts";
import { durationWithin } from "../util/duration.ts";
import { TestingError } from "./errors.ts";
import {
  type Direction,
  type Directions,
  FaultConditions,
  type SlowOptions,
  type SplitOptions,
} from "./fault-conditions.ts";
import { FaultLink } from "./fault-link.ts";

export interface FaultProxyOptions {
  /** The broker's URL, or where it listens. */
  readonly target: string | { readonly host: string; readonly port: number };
  /** Decides where chunks are split; the same seed splits the same bytes at the same places. @default 1 */
  readonly seed?: number | undefined;
}

export interface CutOptions {
  /** Ends with a reset (TCP RST) instead of an orderly end (FIN). @default false */
  readonly reset?: boolean | undefined;
}

const slowChecks: FieldChecks = {
  bytesPerSecond: { expected: "a number", fits: (value) => typeof value === "number" },
  delay: durationWithin(0, 3_600_000),
  delayMs: otherNameOf("delay"),
  direction: oneOf("toBroker", "toClient", "both"),
};

/** Conditions hold for all connections, those that are there and those to come, until they are ended. */
export interface FaultProxy extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** The broker's URL by way of the proxy, with the same login and virtual host. */
  readonly url: string;
  /** Connections that are open now, frozen ones too. */
  readonly connections: number;
  /** Connections that were taken since the start. */
  readonly accepted: number;
  /** Ends every connection on both sides. New ones are taken. */
  cut(options?: CutOptions): void;
  /**
   * Cuts the connection that passes the last of this many bytes, counted from now over all connections in the one
   * direction: in the midst of a frame, or after what was sent and before its answer.
   */
  cutAfter(direction: Direction, bytes: number, options?: CutOptions): void;
  /**
   * Half-open connections, as when a cable is pulled: what is open now carries nothing any more, not even its end, and
   * neither side is notified. New connections are not touched.
   */
  freeze(): void;
  /** While true, new connections are reset as soon as they come. */
  refuse(on: boolean): void;
  /** Lets nothing through until `resume`. What is sent in the meantime waits; a sender of too much must wait. */
  stall(directions?: Directions): void;
  /** Ends every stall. */
  resume(): void;
  /** Lets bytes through slowly; undefined ends it. */
  slow(options: SlowOptions | undefined): void;
  /** Sends on what comes in chunks of other sizes; undefined ends it. */
  split(options: SplitOptions | undefined): void;
  /** Cuts everything and frees the port. */
  stop(): Promise<void>;
}

/**
 * Starts a proxy on a free port of the loopback.
 *
 * @example
 * ```ts
 * await using broker = await startBroker();
 * await using proxy = await startFaultProxy({ target: broker.url });
 * await using app = await startService(Orders, { url: proxy.url });
 * proxy.cut({ reset: true });
 * ```
 */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const proxy = new TcpFaultProxy(options);
  await proxy.listen();
  return proxy;
}

const loopback = "127.0.0.1";

class TcpFaultProxy implements FaultProxy {
  readonly host = loopback;
  readonly #target: URL;
  readonly #seed: number;
  readonly #server: Server;
  readonly #conditions = new FaultConditions();
  readonly #links = new Set<FaultLink>();
  #port = 0;
  #accepted = 0;
  #refuses = false;

  constructor({ target, seed = 1 }: FaultProxyOptions) {
    this.#target = targetOf(target);
    this.#seed = seed;
    // Each side may end separately: the proxy passes ends on, it does not create them.
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client));
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    const url = new URL(this.#target);
    url.hostname = this.host;
    url.port = String(this.#port);
    return url.href;
  }

  get connections(): number {
    return this.#links.size;
  }

  get accepted(): number {
    return this.#accepted;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(0, this.host, resolve);
    });
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  cut({ reset = false }: CutOptions = {}): void {
    for (const link of this.#links) link.cut(reset);
  }

  cutAfter(direction: Direction, bytes: number, { reset = false }: CutOptions = {}): void {
    requirePositive("cutAfter()", bytes);
    this.#conditions.pendingCut = { direction, bytes, reset };
  }

  freeze(): void {
    for (const link of this.#links) link.freeze();
  }

  refuse(on: boolean): void {
    this.#refuses = on;
  }

  stall(directions: Directions = "both"): void {
    this.#conditions.stall(directions);
  }

  resume(): void {
    this.#conditions.resume();
  }

  slow(options: SlowOptions | undefined): void {
    if (options?.bytesPerSecond !== undefined) requirePositive("slow({ bytesPerSecond })", options.bytesPerSecond);
    const problems = options ? fieldProblems(options, "slow()", slowChecks) : [];
    if (problems.length > 0) throw new TestingError("ERR_TESTING_USAGE", problems.join(" "));
    this.#conditions.slow = options;
  }

  split(options: SplitOptions | undefined): void {
    if (options) requirePositive("split({ maxChunk })", options.maxChunk);
    this.#conditions.split = options;
  }

  async stop(): Promise<void> {
    this.#refuses = true;
    this.cut();
    if (!this.#server.listening) return;
    await new Promise((resolve) => this.#server.close(resolve));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #accept(client: Socket): void {
    client.on("error", () => {});
    if (this.#refuses) {
      client.resetAndDestroy();
      return;
    }
    const seed = this.#seed + 2 * this.#accepted++;
    const { hostname, port } = this.#target;
    const host = hostname.replace(/^\[(.*)\]$/, "$1");
    const broker = connect({ host, port: Number(port), allowHalfOpen: true, noDelay: true });
    broker.on("error", () => {});
    const link = new FaultLink({ client, broker, conditions: this.#conditions, seed });
    this.#links.add(link);
    link.over.addEventListener("abort", () => this.#links.delete(link), { once: true });
  }
}

function targetOf(target: FaultProxyOptions["target"]): URL {
  if (typeof target === "object") {
    const host = target.host.includes(":") ? `[${target.host}]` : target.host;
    return new URL(`amqp://${host}:${target.port}`);
  }
  const url = new URL(target);
  if (url.port === "") url.port = url.protocol === "amqps:" ? "5671" : "5672";
  return url;
}

function requirePositive(what: string, value: number): void {
  if (Number.isFinite(value) && value > 0) return;
  throw new TestingError("ERR_TESTING_USAGE", `${what} needs a number above 0, but got ${value}.`);
}
