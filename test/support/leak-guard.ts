// Fails each test of the integration and embedded projects that leaves something of the product behind: a timer, a socket, a
// listener on a signal or on the process, a message that is held on the embedded broker. Vitest itself fails a run with an
// unhandled rejection.
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { getEventListeners } from "node:events";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeEach } from "vitest";
import { brokerKind, createdNames, isPrivateBroker, operator } from "./broker.ts";

/** How long something that ends on its own may take after the test: a socket's last bytes, for example. */
const quietMs = 5000;

/** Something that the product opened and must end. */
interface Opened {
  readonly what: string;
  /** Its stack shows where it was opened. It is read only for a report. */
  readonly origin: Error;
  isOpen(): boolean;
}

/** Everything that this worker opened, as long as it may be open. */
class LeakGuard {
  #opened: Opened[] = [];

  /** Remembers what is opened now. */
  note(what: string, isOpen: () => boolean): void {
    const origin = new Error(what);
    this.#opened.push({ what, origin, isOpen });
    if (this.#opened.length % 10_000 === 0) this.#opened = this.#opened.filter((one) => one.isOpen());
  }

  /** What was opened before belongs to the file, not to the test that begins. */
  begin(): ReadonlySet<Opened> {
    this.#opened = this.#opened.filter((one) => one.isOpen());
    return new Set(this.#opened);
  }

  /** What the product opened since then, and did not end. */
  left(before: ReadonlySet<Opened>): readonly string[] {
    return this.#opened
      .filter((one) => !before.has(one) && one.isOpen())
      .flatMap(({ what, origin }) => placeInProduct(origin, what) ?? []);
  }
}

/**
 * Undefined where the client side of the product has no part in it: a test's own timer, for example, or one of the embedded
 * broker, which serves all tests of a file.
 */
function placeInProduct({ stack = "" }: Error, what: string): string | undefined {
  const places = stack.split("\n").filter((line) => /\/src\/(?!.*\.test\.ts)/.test(line));
  if (places.length === 0 || places.some((line) => line.includes("/src/amqp-broker/"))) return undefined;
  return [what, ...places.slice(0, 6).map((line) => line.trim())].join("\n      ");
}

const guard = new LeakGuard();
const warnings: string[] = [];
const restore = [watchTimers(), watchSignals(), watchSockets(), watchWarnings()];
afterAll(() => {
  for (const undo of restore) undo();
});

beforeEach(({ onTestFinished, task }) => {
  const before = guard.begin();
  warnings.length = 0;
  const listeners = processListeners();
  // Registered first, so it runs after all that a test registers, and after the hooks.
  onTestFinished(async () => {
    if (task.result?.state === "fail") return;
    await quiet(async () => [
      ...guard.left(before),
      ...moreListeners(listeners, processListeners()),
      ...warnings,
      ...(brokerKind === "embedded" ? await heldMessages() : []),
    ]);
  });
});

// rabbitmqctl takes a second, so RabbitMQ is asked once for a file, and for the queues of this file alone.
if (brokerKind === "rabbitmq" && isPrivateBroker) {
  afterAll(async () => {
    if (createdNames().length > 0) await quiet(heldMessages);
  });
}

/** Messages that a consumer holds, by queue. Tests of other files run on the same RabbitMQ. */
async function heldMessages(): Promise<readonly string[]> {
  const queues = await operator().listUnacknowledged();
  return queues
    .filter(({ name }) => brokerKind === "embedded" || createdNames().some((own) => name.includes(own)))
    .map(({ name, unacknowledged }) => `${unacknowledged} unacknowledged messages in the queue "${name}"`);
}

/** Waits until nothing is left. @throws Error that names what is */
async function quiet(left: () => Promise<readonly string[]>): Promise<void> {
  const deadline = performance.now() + quietMs;
  let found = await left();
  while (found.length > 0 && performance.now() < deadline) {
    await sleep(10);
    found = await left();
  }
  if (found.length === 0) return;
  const told = [...new Set(found)].slice(0, 10).map((one) => `\n  - ${one}`);
  throw new Error(`The test left behind (${found.length}):${told.join("")}`);
}

/** Also timers that keep no process alive: they still hold what their callback needs. */
function watchTimers(): () => void {
  const original = globalThis.setTimeout;
  const watched = (callback: (...values: unknown[]) => void, ms?: number, ...values: unknown[]): NodeJS.Timeout => {
    const timer = original(callback, ms, ...values);
    // Node sets it when a timer has run, or was cleared.
    guard.note(`a timer of ${ms} ms`, () => !(timer as unknown as { readonly _destroyed: boolean })._destroyed);
    return timer;
  };
  Object.assign(watched, original);
  globalThis.setTimeout = watched as unknown as typeof setTimeout;
  return () => {
    globalThis.setTimeout = original;
  };
}

/** A signal that did not abort and has listeners: what listens waits for something that does not come. */
function watchSignals(): () => void {
  const Original = globalThis.AbortController;
  globalThis.AbortController = class extends Original {
    constructor() {
      super();
      const { signal } = this;
      guard.note("a listener on a signal", () => !signal.aborted && getEventListeners(signal, "abort").length > 0);
    }
  };
  return () => {
    globalThis.AbortController = Original;
  };
}

function watchSockets(): () => void {
  const noteClient = (message: unknown): void => {
    const { socket } = message as { readonly socket: Socket };
    guard.note("a socket", () => !socket.destroyed);
  };
  subscribe("net.client.socket", noteClient);
  return () => void unsubscribe("net.client.socket", noteClient);
}

/** Node warns of emitters and signals with more than ten listeners, as of a leak. */
function watchWarnings(): () => void {
  const note = (warning: Error): void => {
    if (warning.name === "MaxListenersExceededWarning") warnings.push(`a warning: ${warning.message}`);
  };
  process.on("warning", note);
  return () => void process.off("warning", note);
}

function processListeners(): ReadonlyMap<string | symbol, number> {
  return new Map(process.eventNames().map((name) => [name, process.listenerCount(name)]));
}

function moreListeners(
  before: ReadonlyMap<string | symbol, number>,
  now: ReadonlyMap<string | symbol, number>,
): readonly string[] {
  return [...now]
    .filter(([name, count]) => count > (before.get(name) ?? 0))
    .map(([name]) => `a listener on process "${String(name)}"`);
}
