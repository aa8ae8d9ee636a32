/** Service: the class a user extends. It describes a service; other files run it. */
import { randomUUID } from "node:crypto";
import type { Logger } from "../log/logger.ts";
import type { DeadLetter } from "./dead-letter.ts";
import type { Envelope } from "./envelope.ts";
import type { ServiceHealth } from "./health.ts";
import type { ServiceInstance } from "./instance.ts";
import type { MessageMiddleware } from "./middleware.ts";
import { healthOf, loggerOf, pausesOf } from "./running-services.ts";
import type { ServiceOptions } from "./service-options.ts";
import type { TransportDefinition } from "./transport.ts";

/**
 * What decorators require of a class: the members that only `Service` has. No more, so that a wrong option or member is one error at
 * its own place instead of one at each handler.
 */
export interface ServiceLike {
  readonly logger: Logger;
  health(): ServiceHealth;
}

/**
 * A service: extend it, give it a `name`, and put decorators on the methods that messages should call.
 *
 * @example
 * ```ts
 * export class Orders extends Service {
 *   name = "orders";
 *
 *   @amqp("order.paid")
 *   async onPaid(order: string) {}
 * }
 * ```
 */
export abstract class Service implements ServiceInstance, ServiceLike {
  /** Names the service in queue names, envelopes and logs. Keep it stable: generated queue names carry it. */
  abstract name: string;
  /** Identifies this instance. @default a new one at each start */
  uuid: string = randomUUID();
  /** Options; write them with `defineOptions()` so that they are checked as you type. */
  options: ServiceOptions = {};
  /** Builds what is published and reads what arrives; `null` means plain text. A decorator or a publish may name another. */
  messageEnvelope: Envelope | null = null;
  /** Wraps every message handler; the first is the outermost. */
  messageMiddleware: readonly MessageMiddleware[] = [];
  /**
   * Transports of other packages that the service only sends with. The start checks their options.
   * A transport with a handler does not have to be listed. @default none
   */
  transports: readonly TransportDefinition<never>[] = [];

  /** A logger whose lines have the service's name. It writes nothing before the service runs. */
  get logger(): Logger {
    return loggerOf(this);
  }

  /**
   * The current health of the service: its connections, its publisher and each consumer, with a reason for whatever is not
   * well. It says what channels and deliveries say, so a consumer that the broker cancelled is unhealthy until it consumes again.
   */
  health(): ServiceHealth {
    return healthOf(this);
  }

  /**
   * Pauses a handler of this instance, by the name of its method, or all of them: from now on nothing starts, and running handlers may end.
   * Messages stay in their queue, or go to other instances; due times of schedules are left out. Works in `startService()` too. The
   * pause lasts until `resume()` or the end of the process, whatever happens to the connection. `health()` shows it, but it is no fault.
   *
   * @example
   * ```ts
   * this.pause("onPaid");
   * ```
   * @throws ERR_SERVICE_HANDLER when the handler does not exist; ERR_TRANSPORT_PAUSE when its transport cannot pause;
   * ERR_SERVICE_NOT_RUNNING
   */
  pause(handler?: string): void {
    void pausesOf(this).pause(handler, "service.pause()");
  }

  /** Resumes a paused handler, whatever paused it; without a name, all handlers. Does nothing if none is paused. */
  resume(handler?: string): void {
    pausesOf(this).resume(handler, "service.resume()");
  }

  /**
   * Pauses as `pause()` does, and resolves when no run of the handler is left. Do not await it in the handler itself: it would wait
   * for its own end.
   */
  async drain(handler?: string): Promise<void> {
    await pausesOf(this).pause(handler, "service.drain()");
  }

  /** Runs before anything connects: open your database here. Publishing works. If it throws, the start fails. */
  startService?(): unknown;
  /** Runs when every handler can receive. If it throws, the start fails. */
  startedService?(): unknown;
  /** Runs when the stop begins, before consumers are cancelled. */
  stoppingService?(): unknown;
  /** Runs after the last handler ended; publishing still works. */
  stopService?(): unknown;
  /**
   * Runs for each message that a handler of this instance dead-lettered, when the broker has the copy.
   * Only the stop waits for it, and what it throws is only logged.
   */
  onDeadLetter?(deadLetter: DeadLetter): unknown;
}

/** A class whose instances are services. */
export type ServiceClass<S extends Service = Service> = new () => S;

/** Whether a value is a class that extends the `Service` of this copy of the package. */
export function isServiceClass(value: unknown): value is ServiceClass {
  return typeof value === "function" && value.prototype instanceof Service;
}
