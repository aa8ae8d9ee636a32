/** The target of a route: a handler of `@http` or of `@websocket`. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { PauseHealth } from "../../service/health.ts";
import { createDeferred, type Deferred } from "../../util/deferred.ts";
import type { ResolvedRoute } from "./route-options.ts";

export interface RouteEndpoint {
  /** The name of the method. */
  readonly name: string;
  readonly route: ResolvedRoute;
  /** The route as text: `GET /orders/:id`. */
  readonly text: string;
  /** Whether it accepts web sockets. */
  readonly isWebSocket: boolean;
  readonly runs: PausableRuns;
  /** Loads what the handler needs, before the first request. */
  open?(): Promise<void>;
  /** Answers 503 until `resume`. Resolves when no run is left. */
  pause(reason: string): Promise<void>;
  resume(): void;
  /** The function that Fastify calls. It returns nothing, because the answer is sent from here. */
  readonly handle: (request: FastifyRequest, reply: FastifyReply) => void;
}

/** Counts the runs of a handler, and decides whether another may start. */
export class PausableRuns {
  #paused: PauseHealth | undefined;
  #running = 0;
  #idle: Deferred<void> | undefined;

  get running(): number {
    return this.#running;
  }

  get paused(): PauseHealth | undefined {
    return this.#paused;
  }

  began(): void {
    this.#running++;
  }

  ended(): void {
    this.#running--;
    if (this.#running > 0) return;
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  /** Resolves when no run is left. */
  async pause(reason: string): Promise<void> {
    this.#paused = { since: new Date(), reason };
    if (this.#running === 0) return;
    this.#idle ??= createDeferred();
    await this.#idle.promise;
  }

  resume(): void {
    this.#paused = undefined;
  }
}
