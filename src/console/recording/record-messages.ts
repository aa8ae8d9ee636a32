/** From messages that the console kept to a file of tests. */
import { dirname, relative } from "node:path";
import type { Service } from "../../service/service.ts";
import { createBodyReader } from "../../transports/amqp/contracts/read-body.ts";
import { headerNames } from "../../transports/amqp/names/headers.ts";
import { ConsoleError } from "../broker/errors.ts";
import type { PlannedServices } from "../broker/planned-services.ts";
import { type MessagePlace, subscriptionFor } from "../broker/readings.ts";
import type { RecordedMessage } from "../run/recorded-message.ts";
import type { PlayedMessage, PlayedRun, PlayedService } from "./played-message.ts";
import { type Redact, redacted } from "./redact.ts";
import { testFile } from "./test-file.ts";

/** Where the services of a run were loaded from. */
export interface RecordingPlace {
  /** The files, each with what it exports. */
  readonly files: readonly { readonly path: string; readonly exports: Readonly<Record<string, unknown>> }[];
  /** The folder where the test is meant to be. */
  readonly folder: string;
  readonly redact: Redact | undefined;
}

export interface Recording {
  readonly file: string;
  readonly messages: number;
  /** Why some of the chosen messages are not in it, a sentence each. */
  readonly left: readonly string[];
}

/** @throws ConsoleError when none of the messages can be played */
export async function recordMessages(
  chosen: readonly RecordedMessage[],
  all: readonly RecordedMessage[],
  planned: Pick<PlannedServices, "services" | "subscriptions">,
  place: RecordingPlace,
): Promise<Recording> {
  const left: string[] = [];
  const played: PlayedMessage[] = [];
  for (const message of firstRuns(chosen)) {
    const one = await playedOf(message, all, planned).catch((error: Error) => error);
    if (one instanceof Error) left.push(`${message.row.routingKey}: ${one.message}`);
    else {
      const kept = await redacted(one, place.redact);
      if (kept) played.push(kept);
    }
  }
  if (played.length === 0) throw new ConsoleError(422, ["None of these messages can be played.", ...left].join(" "));
  const names = new Set(played.map(({ service }) => service));
  const services = planned.services.filter(({ name }) => names.has(name)).map((service) => placeOf(service, place));
  return { file: testFile({ messages: played, services, now: new Date() }), messages: played.length, left };
}

/** A message that was tried several times is one message. */
function firstRuns(chosen: readonly RecordedMessage[]): readonly RecordedMessage[] {
  const found = new Map<string, RecordedMessage>();
  for (const message of [...chosen].sort((a, b) => a.row.number - b.row.number)) {
    const { row, queue } = message;
    const key = row.messageId === undefined ? `number ${row.number}` : `${row.messageId} ${queue}`;
    if (row.kind === "handled" && !found.has(key)) found.set(key, message);
  }
  return [...found.values()];
}

async function playedOf(
  message: RecordedMessage,
  all: readonly RecordedMessage[],
  { subscriptions }: Pick<PlannedServices, "subscriptions">,
): Promise<PlayedMessage> {
  const { row, content, headers, properties, queue } = message;
  const where: MessagePlace = { queue, exchange: row.exchange, routingKey: row.routingKey };
  const { plan, options } = subscriptionFor(where, subscriptions) ?? {};
  if (!plan || !options) throw new Error("no handler of these services takes it.");
  if (content.length < row.bytes) throw new Error("its body is too long: only the beginning was kept.");
  const { data } = await createBodyReader(plan.reading)({ content: Buffer.from(content), headers, properties });
  // What JSON does not carry would be another message in the test.
  const plain: unknown = JSON.parse(JSON.stringify(data));
  const { routingKeyPrefix } = options.naming;
  return {
    at: row.at - row.ms,
    service: row.service,
    handler: row.handler ?? plan.handler.name,
    exchange: plan.bindings.exchangeName,
    routingKey: row.routingKey.startsWith(routingKeyPrefix)
      ? row.routingKey.slice(routingKeyPrefix.length)
      : row.routingKey,
    data: plain,
    headers: sendersOwn(headers),
    runs: runsOf(message, all),
  };
}

const ownHeaders: ReadonlySet<string> = new Set(Object.values(headerNames));

function sendersOwn(headers: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const kept = Object.entries(headers).filter(
    ([name]) => !ownHeaders.has(name) && !/^x-(?:tomodachi|death|first-death|last-death|delivery|acquired)/.test(name),
  );
  return JSON.parse(JSON.stringify(Object.fromEntries(kept))) as Readonly<Record<string, unknown>>;
}

/** Every run of this message by this handler, as far as the console has seen it. */
function runsOf({ row, queue }: RecordedMessage, all: readonly RecordedMessage[]): readonly PlayedRun[] {
  const own = all.filter(
    (one) =>
      one.queue === queue &&
      (one.row.number === row.number || (row.messageId !== undefined && one.row.messageId === row.messageId)),
  );
  return own.flatMap(({ row: { outcome }, retryDelayMs }) =>
    outcome === "acknowledge" || outcome === "retry" || outcome === "dead-letter" || outcome === "requeue"
      ? [{ outcome, delayMs: retryDelayMs }]
      : [],
  );
}

function placeOf(service: Service, { files, folder }: RecordingPlace): PlayedService {
  for (const { path, exports } of files) {
    const found = Object.entries(exports).find(([, value]) => value === service || value === service.constructor);
    if (!found) continue;
    const way = relative(folder, path).replaceAll("\\", "/");
    return { name: service.name, exported: found[0], path: way.startsWith(".") ? way : `./${way}` };
  }
  const [{ path } = { path: dirname(folder) }] = files;
  const way = relative(folder, path).replaceAll("\\", "/");
  return { name: service.name, exported: service.constructor.name, path: way.startsWith(".") ? way : `./${way}` };
}
