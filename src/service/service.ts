/** Service: the class that a user extends. It describes a service, and other files run it. */
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
 * What decorators require of a class: the members that only `Service` has, and no more. A wrong option or member is then one error at its
 * own place, not one at each handler.
 */
export interface ServiceLike {
  readonly logger: Logger;
  health(): ServiceHealth;
}

/**
 * A service. Extend it, give it a `name`, and put decorators on the methods that handle messages, requests or due times.
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
  /** The name of the service in queue names, envelopes and logs. Do not change it later: generated queue names contain it. */
  abstract name: string;
  /** Identifies this instance. @default a new one at each start */
  uuid: string = randomUUID();
  /** The options. Write them with `defineOptions()`, so that they are checked while you type. @default {} */
  options: ServiceOptions = {};
  /**
   * The envelope that builds what is published and reads what arrives. null means plain text. A decorator or a publish may name another
   * one. @default null
   */
  messageEnvelope: Envelope | null = null;
  /** Functions that wrap every message handler; the first one is the outermost. @default none */
  messageMiddleware: readonly MessageMiddleware[] = [];
  /**
   * Transports of other packages that the service uses only for sending. The start checks their options. A transport that has a handler
   * does not have to be listed. @default none
   */
  transports: readonly TransportDefinition<never>[] = [];

  /** A logger whose lines name the service. It writes nothing before the service runs. */
  get logger(): Logger {
    return loggerOf(this);
  }

  /**
   * The current health of the service: its connections, its publisher and each consumer, with a reason for everything that does not work.
   * It follows the real channels and deliveries: a consumer that the broker cancelled is unhealthy until it consumes again.
   * @throws ERR_SERVICE_NOT_RUNNING when the service does not run
   */
  health(): ServiceHealth {
    return healthOf(this);
  }

  /**
   * Pauses a handler of this instance by the name of its method, or without a name all of them. From then on it starts nothing, and running
   * handlers may end. Messages stay in their queue or go to other instances; due times of schedules are skipped; requests are answered with
   * 503. It also works in `startService()`. The pause lasts until `resume()` or the end of the process, whatever happens to the connection.
   * `health()` shows it, but it does not make the service unhealthy.
   *
   * @example
   * ```ts
   * this.pause("onPaid");
   * ```
   * @throws ERR_SERVICE_HANDLER when the handler does not exist
   * @throws ERR_TRANSPORT_PAUSE when its transport cannot pause
   * @throws ERR_SERVICE_NOT_RUNNING when the service does not run
   */
  pause(handler?: string): void {
    void pausesOf(this).pause(handler, "service.pause()");
  }

  /**
   * Resumes a paused handler, whatever paused it; without a name, all handlers. Does nothing if none is paused.
   * @throws ERR_SERVICE_HANDLER when the handler does not exist
   * @throws ERR_SERVICE_NOT_RUNNING when the service does not run
   */
  resume(handler?: string): void {
    pausesOf(this).resume(handler, "service.resume()");
  }

  /**
   * Pauses as `pause()` does, and resolves when no run of the handler is left. Do not await it in the handler itself: it would wait for its
   * own end.
   * @throws as `pause()`
   */
  async drain(handler?: string): Promise<void> {
    await pausesOf(this).pause(handler, "service.drain()");
  }

  /** Runs before anything connects. Open your database here. Publishing works. If it throws, the start fails. */
  startService?(): unknown;
  /** Runs when every handler can receive. If it throws, the start fails. */
  startedService?(): unknown;
  /** Runs when the stop begins, before consumers are cancelled. */
  stoppingService?(): unknown;
  /** Runs after the last handler has ended. Publishing still works. */
  stopService?(): unknown;
  /**
   * Runs for each message that a handler of this instance dead-lettered, after the broker has confirmed the copy. Only the stop waits for
   * it. What it throws is only logged.
   */
  onDeadLetter?(deadLetter: DeadLetter): unknown;
}

/** A class whose instances are services. */
export type ServiceClass<S extends Service = Service> = new () => S;

/** Whether a value is a class that extends the `Service` of this copy of the package. */
export function isServiceClass(value: unknown): value is ServiceClass {
  return typeof value === "function" && value.prototype instanceof Service;
}
