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

/** The options of `startFaultProxy()`. */
export interface FaultProxyOptions {
  /** The URL of the broker, or its host and port. */
  readonly target: string | { readonly host: string; readonly port: number };
  /** Decides where chunks are split. The same seed splits the same bytes at the same places. @default 1 */
  readonly seed?: number | undefined;
}

/** How connections are cut. */
export interface CutOptions {
  /** true: with a reset (TCP RST). false: with an orderly end (FIN). @default false */
  readonly reset?: boolean | undefined;
}

const slowChecks: FieldChecks = {
  bytesPerSecond: { expected: "a number", fits: (value) => typeof value === "number" },
  delay: durationWithin(0, 3_600_000),
  delayMs: otherNameOf("delay"),
  direction: oneOf("toBroker", "toClient", "both"),
};

/** A running proxy. What a method sets applies to all connections, open and future ones, until it is ended. */
export interface FaultProxy extends AsyncDisposable {
  /** The address on which it listens. */
  readonly host: string;
  /** The port on which it listens. */
  readonly port: number;
  /** The URL of the broker through the proxy, with the same login and virtual host. */
  readonly url: string;
  /** How many connections are open now, frozen ones included. */
  readonly connections: number;
  /** How many connections it has accepted since it started. */
  readonly accepted: number;
  /** Closes every connection on both sides. New connections are still accepted. */
  cut(options?: CutOptions): void;
  /**
   * Cuts the connection that carries the last of this many bytes, for example in the middle of a frame, or between a message and its
   * confirm. The bytes are counted from now on, in this direction, over all connections.
   */
  cutAfter(direction: Direction, bytes: number, options?: CutOptions): void;
  /**
   * Makes all open connections half-open, as when a cable is pulled: they carry nothing any more, not even an end, and neither side is
   * informed. New connections are not affected.
   */
  freeze(): void;
  /** true: each new connection is reset at once. false: new connections are accepted again. */
  refuse(on: boolean): void;
  /** Passes nothing on until `resume()`. Bytes that arrive meanwhile wait, and a sender of many bytes has to wait too. @default "both" */
  stall(directions?: Directions): void;
  /** Ends every stall. */
  resume(): void;
  /** Passes bytes on slowly; undefined ends this. */
  slow(options: SlowOptions | undefined): void;
  /** Passes bytes on in chunks of other sizes; undefined ends this. */
  split(options: SplitOptions | undefined): void;
  /** Closes all connections and frees the port. */
  stop(): Promise<void>;
}

/**
 * Starts a proxy on a free port of 127.0.0.1, between clients and a broker, to simulate network faults.
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
    // Each side may end separately: the proxy passes an end on, and never ends a side itself.
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
