/** Makes a test file from messages that were seen. */
import { isDeepStrictEqual } from "node:util";
import { messageOf } from "../../errors.ts";
import { validate } from "../../service/validate.ts";
import { createBodyReader } from "../../transports/amqp/contracts/read-body.ts";
import { headerNames } from "../../transports/amqp/names/headers.ts";
import { ConsoleError } from "../broker/errors.ts";
import type { PlannedServices, PlannedSubscription } from "../broker/planned-services.ts";
import { subscriptionsFor } from "../broker/readings.ts";
import type { PlayedHandler, PlayedMessage, PlayedRun } from "./played-message.ts";
import { type RecordableMessage, unseenRuns } from "./recordable.ts";
import { placeOfService, type RecordingPlace } from "./recording-place.ts";
import { redacted } from "./redact.ts";
import { testFile } from "./test-file.ts";

export interface Recording {
  readonly file: string;
  readonly messages: number;
  /** Why some of the selected messages are not in the test, one sentence each. */
  readonly left: readonly string[];
}

/** @throws ConsoleError if no message can be played */
export async function recordMessages(
  chosen: readonly RecordableMessage[],
  planned: Pick<PlannedServices, "services" | "subscriptions">,
  place: RecordingPlace,
): Promise<Recording> {
  const left: string[] = [];
  const played: PlayedMessage[] = [];
  for (const message of chosen) {
    try {
      const kept = await redacted(await playedOf(message, planned), place.redact);
      if (kept) played.push(kept);
      else left.push(`${message.routingKey}: the function that redacts left it out.`);
    } catch (error) {
      left.push(`${message.routingKey}: ${messageOf(error)}`);
    }
  }
  if (played.length === 0) throw new ConsoleError(422, ["None of these messages can be played.", ...left].join(" "));
  const names = new Set(played.flatMap(({ handled }) => handled.map(({ service }) => service)));
  const services = planned.services.filter(({ name }) => names.has(name));
  const places = services.map((service) => placeOfService(service, place));
  return { file: testFile({ messages: played, services: places, now: new Date() }), messages: played.length, left };
}

async function playedOf(
  message: RecordableMessage,
  { subscriptions }: Pick<PlannedServices, "subscriptions">,
): Promise<PlayedMessage> {
  const { at, exchange, routingKey, content, bytes, headers, properties, queues } = message;
  const places = queues.size === 0 ? [undefined] : [...queues.keys()];
  const found = places.flatMap((queue) =>
    subscriptionsFor({ queue, exchange, routingKey }, subscriptions).map((one) => ({
      one,
      runs: queues.get(queue ?? "") ?? unseenRuns,
    })),
  );
  const [first] = found;
  if (!first) throw new Error("no handler of these services takes it.");
  if (content.length < bytes) throw new Error("its body is too long: only the beginning was kept.");
  const { plan, options } = first.one;
  const { data } = await createBodyReader(plan.reading)({ content: Buffer.from(content), headers, properties });
  const { routingKeyPrefix: prefix } = options.naming;
  const handled = found.map(async ({ one, runs }) => handlerOf(one, await endOf(runs, one, data)));
  return {
    at,
    exchange: plan.bindings.exchangeName,
    routingKey: routingKey.startsWith(prefix) ? routingKey.slice(prefix.length) : routingKey,
    data: carried(data),
    headers: sendersOwn(headers),
    handled: await Promise.all(handled),
  };
}

/** Each wait may be longer by the jitter of the retry policy. */
function handlerOf({ plan, service }: PlannedSubscription, runs: readonly PlayedRun[]): PlayedHandler {
  const { jitterMs = 0 } = plan.failures.retry ?? {};
  const played = runs.map((run) => ({
    ...run,
    delayMs: run.delayMs === undefined ? undefined : run.delayMs + jitterMs,
  }));
  return { service: service.name, handler: plan.handler.name, runs: played };
}

/** The end of an unseen run is not known, but the schema says whether the handler is called. */
async function endOf(
  runs: readonly PlayedRun[],
  { plan: { reading } }: PlannedSubscription,
  data: unknown,
): Promise<readonly PlayedRun[]> {
  if (runs !== unseenRuns || !reading.schema) return runs;
  try {
    await validate(reading.schema, data, "The data");
    return runs;
  } catch {
    return [{ outcome: "refused", delayMs: undefined }];
  }
}

/** A value that JSON cannot express would make another message in the test. */
function carried(data: unknown): unknown {
  if (data instanceof Uint8Array) return data;
  const text: string | undefined = JSON.stringify(data);
  if (text !== undefined && isDeepStrictEqual(JSON.parse(text), data)) return data;
  throw new Error("its data is not plain JSON, and a test cannot be written with it.");
}

const ownHeaders: ReadonlySet<string> = new Set(Object.values(headerNames));

function sendersOwn(headers: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const kept = Object.entries(headers).filter(
    ([name]) => !ownHeaders.has(name) && !/^x-(?:tomodachi|death|first-death|last-death|delivery|acquired)/.test(name),
  );
  return JSON.parse(JSON.stringify(Object.fromEntries(kept))) as Readonly<Record<string, unknown>>;
}
