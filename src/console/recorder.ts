/** Turns messages of a broker into a test file, for `tomodachi record`. */
import type { Logger } from "../log/logger.ts";
import type { Service } from "../service/service.ts";
import { type LookWish, lookForMessages } from "./broker/look-for-messages.ts";
import { placesOf } from "./broker/places.ts";
import { planServices } from "./broker/planned-services.ts";
import { subscriptionFor } from "./broker/readings.ts";
import { type Recording, recordMessages } from "./recording/record-messages.ts";
import { fromEntry, fromPassing, type PassedMessage } from "./recording/recordable.ts";
import { type LoadedFrom, recordingPlace } from "./recording/recording-place.ts";

export interface RecorderSettings {
  /** The services, loaded but not started. */
  readonly services: readonly Service[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
  readonly loaded: LoadedFrom;
}

/** Undefined if there is no such message. @throws ConsoleError if no message can be played; AmqpError if a broker cannot be reached */
export async function recordQueues(
  wish: LookWish,
  settings: RecorderSettings,
  signal: AbortSignal,
): Promise<Recording | undefined> {
  const { services, environment, logger, loaded } = settings;
  const planned = planServices(services, environment, logger);
  const places = placesOf(services, environment, logger);
  const entries = await lookForMessages(wish, planned, places, { logger, signal });
  if (entries.length === 0) return undefined;
  const { subscriptions } = planned;
  const chosen = entries.map((entry) =>
    fromEntry(entry, (place) => subscriptionFor(place, subscriptions)?.plan.failures.retry),
  );
  return recordMessages(chosen, planned, await recordingPlace(loaded));
}

/** A test of messages that were published. @throws ConsoleError if none can be played */
export async function recordPassed(
  passed: readonly PassedMessage[],
  { services, environment, logger, loaded }: RecorderSettings,
): Promise<Recording> {
  const planned = planServices(services, environment, logger);
  return recordMessages(passed.map(fromPassing), planned, await recordingPlace(loaded));
}
