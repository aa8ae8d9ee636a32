/** What a test can wait for: a number of matching handler runs and publishes. */
import type { Service } from "../service/service.ts";
import { topicMatches } from "../transports/amqp/index.ts";
import type { Duration } from "../util/duration.ts";
import { requireHandler } from "./known-names.ts";
import type { HandledMessage, PublishedMessage } from "./recorder.ts";

/** How long to wait. */
export interface WaitOptions {
  /** How long to wait, in real time. @default that of `startService`, "4s" */
  readonly timeout?: Duration | undefined;
}

/** Which runs of a handler to wait for. */
export interface HandledOptions<Message = HandledMessage> extends WaitOptions {
  readonly where?: ((message: Message) => boolean) | undefined;
  /** How the run ended. @default "acknowledge": the handler succeeded */
  readonly outcome?: HandledMessage["outcome"] | "any" | undefined;
  /** The name of a service, where several have a handler of this name. @default any */
  readonly service?: string | undefined;
}

/** Which publishes of the services to wait for. */
export interface PublishedOptions extends WaitOptions {
  readonly where?: ((message: PublishedMessage) => boolean) | undefined;
}

/** Wait for this many, and get them as an array. */
export interface Several {
  readonly count: number;
}

/** Entries of a journal that a test waits for. */
export interface Expectation<T> extends WaitOptions {
  /** To be read after "waited for". */
  readonly what: string;
  /** Undefined: a single one, which is not given as an array. */
  readonly count: number | undefined;
  fits(value: T): boolean;
}

/** Whether a run is of this handler, or of any. @throws TestingError when none of the services has it */
export function handlerFits(services: readonly Service[], name: string | undefined): (run: HandledMessage) => boolean {
  if (name !== undefined) requireHandler(services, name);
  return ({ handler }) => name === undefined || handler === name;
}

/** @throws TestingError when none of the services has the handler */
export function expectedRun(
  services: readonly Service[],
  name: string,
  { outcome = "acknowledge", where, service, count, ...wait }: HandledOptions<never> & Partial<Several>,
): Expectation<HandledMessage> {
  const isOfHandler = handlerFits(services, name);
  const fits = (run: HandledMessage): boolean =>
    isOfHandler(run) &&
    (service === undefined || run.service === service) &&
    (outcome === "any" || run.outcome === outcome) &&
    (where === undefined || where(run as never));
  const what = `"${name}" to handle ${count === undefined ? "a message" : `${count} messages`}`;
  return { what, fits, count, ...wait };
}

export function expectedPublish(
  pattern: string,
  { where, count, ...wait }: PublishedOptions & Partial<Several>,
): Expectation<PublishedMessage> {
  const hasKey = keyFits(pattern);
  const fits = (message: PublishedMessage): boolean => hasKey(message) && (where === undefined || where(message));
  const what = `${count === undefined ? "a publish" : `${count} publishes`} by the key "${pattern}"`;
  return { what, fits, count, ...wait };
}

/** Whether the routing key of a publish matches the pattern. */
export function keyFits(pattern: string): (message: PublishedMessage) => boolean {
  return ({ routingKey }) => topicMatches(pattern, routingKey);
}
