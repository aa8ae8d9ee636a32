/** What a test can wait for: runs of a handler and publishes. */
import type { Service } from "../service/service.ts";
import { topicMatches } from "../transports/amqp/index.ts";
import type { Duration } from "../util/duration.ts";
import { requireHandler } from "./known-names.ts";
import type { HandledMessage, PublishedMessage } from "./recorder.ts";

/** The option of every call that waits. */
export interface WaitOptions {
  /** How long to wait, in real time. @default the `timeout` of `startService`, which is "4s" */
  readonly timeout?: Duration | undefined;
}

/** Which runs of a handler to wait for, and how long. */
export interface HandledOptions<Message = HandledMessage> extends WaitOptions {
  /** Only runs for which this function returns true. @default every run */
  readonly where?: ((message: Message) => boolean) | undefined;
  /** The outcome of the run. @default "acknowledge": the handler succeeded */
  readonly outcome?: HandledMessage["outcome"] | "any" | undefined;
  /** The name of the service, if several services have a handler of this name. @default any service */
  readonly service?: string | undefined;
}

/** Which publishes of the services to wait for, and how long. */
export interface PublishedOptions extends WaitOptions {
  /** Only publishes for which this function returns true. @default every publish */
  readonly where?: ((message: PublishedMessage) => boolean) | undefined;
}

/** Waits for several results and returns them as an array. */
export interface Several {
  /** How many results to wait for. */
  readonly count: number;
}

/** The entries of a journal that a test waits for. */
export interface Expectation<T> extends WaitOptions {
  /** Follows the words "waited for" in an error. */
  readonly what: string;
  /** How many entries; undefined means one, which is not returned in an array. */
  readonly count: number | undefined;
  fits(value: T): boolean;
}

/** Whether a run belongs to this handler; without a name, to any. @throws TestingError when no service has the handler */
export function handlerFits(services: readonly Service[], name: string | undefined): (run: HandledMessage) => boolean {
  if (name !== undefined) requireHandler(services, name);
  return ({ handler }) => name === undefined || handler === name;
}

/** @throws TestingError when no service has the handler */
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
