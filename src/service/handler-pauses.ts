/** Which handlers of one service are paused by request: by the service, by its run, by the operations port or by a signal. */
import type { Logger } from "../log/logger.ts";
import { closest } from "../util/closest.ts";
import { ServiceError } from "./errors.ts";
import type { Transport } from "./transport.ts";

/** A transport that calls a handler. */
export interface HandlerTransport {
  readonly name: string;
  readonly transport: Pick<Transport<never>, "pause" | "resume">;
}

export interface HandlerPausesSettings {
  /** The name of the service. */
  readonly service: string;
  /** The handlers by name, each with the transports that call it. */
  readonly handlers: ReadonlyMap<string, readonly HandlerTransport[]>;
  readonly logger: Logger;
}

interface Pause {
  readonly since: number;
  /** Resolves when the running work has ended. */
  readonly ended: Promise<unknown>;
}

export class HandlerPauses {
  readonly #settings: HandlerPausesSettings;
  readonly #paused = new Map<string, Pause>();

  constructor(settings: HandlerPausesSettings) {
    this.#settings = settings;
  }

  /** The names of all handlers. */
  get handlers(): readonly string[] {
    return [...this.#settings.handlers.keys()];
  }

  get paused(): readonly string[] {
    return [...this.#paused.keys()];
  }

  /** The handlers that can be paused. */
  get pausable(): readonly string[] {
    const { handlers } = this.#settings;
    return [...handlers].flatMap(([name, transports]) => (transports.every(canPause) ? [name] : []));
  }

  /**
   * From now on nothing starts. Resolves when the running work has ended. Without a name it pauses every handler that can be paused. `by`
   * completes the sentence "paused by ...".
   * @throws ERR_SERVICE_HANDLER, ERR_TRANSPORT_PAUSE, before anything is paused
   */
  pause(handler: string | undefined, by: string): Promise<unknown> {
    const names = handler === undefined ? this.pausable : [this.#named(handler)];
    return Promise.all(names.map((name) => this.#pause(name, by)));
  }

  /** @throws ERR_SERVICE_HANDLER */
  resume(handler: string | undefined, by: string): void {
    const names = handler === undefined ? this.paused : [this.#named(handler)];
    for (const name of names) this.#resume(name, by);
  }

  #pause(name: string, by: string): Promise<unknown> {
    const { handlers, logger } = this.#settings;
    const present = this.#paused.get(name);
    if (present) return present.ended;
    logger.warn(
      { handler: name },
      `paused by ${by}: no message is handled until it is resumed, but running handlers may end`,
    );
    const acts = (handlers.get(name) ?? []).map(async ({ transport }) => transport.pause?.(name, `paused by ${by}`));
    const ended = Promise.all(acts).catch((error: unknown) => {
      logger.error({ err: error, handler: name }, "the transport could not pause the handler");
    });
    this.#paused.set(name, { since: Date.now(), ended });
    return ended;
  }

  #resume(name: string, by: string): void {
    const { handlers, logger } = this.#settings;
    const pause = this.#paused.get(name);
    if (!pause) return;
    this.#paused.delete(name);
    const pausedSeconds = Math.round((Date.now() - pause.since) / 1000);
    logger.info({ handler: name, pausedSeconds }, `resumed by ${by}`);
    for (const { transport } of handlers.get(name) ?? []) {
      try {
        transport.resume?.(name);
      } catch (error) {
        logger.error({ err: error, handler: name }, "the transport could not resume the handler");
      }
    }
  }

  #named(name: string): string {
    const { service, handlers } = this.#settings;
    const transports = handlers.get(name);
    if (!transports) throw unknownHandler(`The service "${service}" has no handler "${name}".`, name, handlers.keys());
    const unable = transports.find((one) => !canPause(one));
    if (!unable) return name;
    throw new ServiceError(
      "ERR_TRANSPORT_PAUSE",
      `The handler "${name}" of the service "${service}" cannot be paused: its transport "${unable.name}" has no pause() and resume(). Add them to the transport.`,
    );
  }
}

function canPause({ transport }: HandlerTransport): boolean {
  return typeof transport.pause === "function" && typeof transport.resume === "function";
}

/** `problem` is the whole first sentence. `alsoKnown` are other forms of the names. */
export function unknownHandler(
  problem: string,
  name: string,
  known: Iterable<string>,
  alsoKnown: readonly string[] = [],
): ServiceError {
  const names = [...known];
  const meant = closest(name, [...names, ...alsoKnown]);
  const list = names.map((one) => `"${one}"`).join(", ");
  const cure =
    meant === undefined ? (list ? `Its handlers are ${list}.` : "It has no handlers.") : `Did you mean "${meant}"?`;
  return new ServiceError("ERR_SERVICE_HANDLER", `${problem} ${cure}`);
}
