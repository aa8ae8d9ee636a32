/** What the page may ask for, beside the stream: a message, dead letters, and changes. */
import type { Logger } from "../log/logger.ts";
import { type Asked, listOfAsked, numbersOfAsked, objectOfAsked, textOfAsked } from "./asked.ts";
import { bodyView } from "./broker/body-view.ts";
import { publishByHand } from "./broker/console-publish.ts";
import type { DeadLetterLooks } from "./broker/dead-letter-looks.ts";
import { openDeadLetter } from "./broker/dead-letter-view.ts";
import { ConsoleError } from "./broker/errors.ts";
import type { PlannedServices } from "./broker/planned-services.ts";
import { readingFor } from "./broker/readings.ts";
import type { ConsoleSource } from "./console-source.ts";
import { type RecordingPlace, recordMessages } from "./recording/record-messages.ts";

export interface RouteParts {
  readonly source: ConsoleSource;
  readonly planned: PlannedServices;
  readonly looks: DeadLetterLooks;
  readonly logger: Logger;
  /** Finds where a test of messages imports the services from; undefined where no services run. */
  readonly recording: (() => Promise<RecordingPlace>) | undefined;
}

/** What a route is asked with: the query, or the JSON of the body. `signal` aborts when the page goes away. */
type Answer = (asked: Asked, parts: RouteParts, signal: AbortSignal) => Promise<unknown>;

interface Route {
  readonly answer: Answer;
  /** It changes something, so it needs POST, and a console that may change. */
  readonly changes: boolean;
  readonly method: "GET" | "POST";
}

const reads = (answer: Answer, method: Route["method"] = "GET"): Route => ({ answer, changes: false, method });
const changes = (answer: Answer): Route => ({ answer, changes: true, method: "POST" });

export const routes: ReadonlyMap<string, Route> = new Map(
  Object.entries({
    "/api/message": reads(openMessage),
    "/api/dead-letters": reads((asked, { looks }, signal) => looks.look(textOfAsked(asked, "queue"), signal)),
    "/api/dead-letter": reads(openEntry),
    "/api/check": reads(checkBody, "POST"),
    "/api/record": reads(record, "POST"),
    "/api/replay": changes(replay),
    "/api/publish": changes(publish),
    "/api/pause": changes(async (asked, { source }) => {
      source.pause(textOfAsked(asked, "handler"));
      return {};
    }),
    "/api/resume": changes(async (asked, { source }) => {
      source.resume(textOfAsked(asked, "handler"));
      return {};
    }),
  }),
);

async function openMessage(asked: Asked, { source }: RouteParts): Promise<unknown> {
  const view = await source.open(Number(textOfAsked(asked, "number")));
  if (view) return view;
  throw new ConsoleError(404, "This message is not kept any more: the console keeps the last few hundred.");
}

async function openEntry(asked: Asked, { looks, planned }: RouteParts): Promise<unknown> {
  const { entry, row } = looks.entry(textOfAsked(asked, "queue"), textOfAsked(asked, "key"));
  return openDeadLetter(entry, row, readingFor(entry, planned.subscriptions, undefined));
}

/** How envelope and schema judge a body that was edited. */
async function checkBody(asked: Asked, { looks, planned }: RouteParts): Promise<unknown> {
  const { entry } = looks.entry(textOfAsked(asked, "queue"), textOfAsked(asked, "key"));
  const content = Buffer.from(textOfAsked(asked, "body"));
  const { headers, properties } = entry.message;
  const body = { content, bytes: content.length, headers, properties: { ...properties } };
  return bodyView(body, readingFor(entry, planned.subscriptions, undefined));
}

/** A file of tests, which the page shows: nothing is written here. */
async function record(asked: Asked, { source, planned, recording }: RouteParts): Promise<unknown> {
  if (!recording)
    throw new ConsoleError(409, "Only the console of a run makes tests: it knows how messages were handled.");
  const wanted = numbersOfAsked(asked, "numbers");
  const chosen = wanted.flatMap((number) => source.recorded(number) ?? []);
  return recordMessages(chosen, source.kept, planned, await recording());
}

async function replay(asked: Asked, { looks, logger }: RouteParts): Promise<unknown> {
  const queue = textOfAsked(asked, "queue");
  const keys = listOfAsked(asked, "keys");
  const body = asked["body"] === undefined ? undefined : textOfAsked(asked, "body");
  const [key, ...more] = keys ?? [];
  if (body !== undefined && (key === undefined || more.length > 0)) {
    throw new ConsoleError(400, "An edited body belongs to one dead letter: give one key.");
  }
  const edited = body === undefined || key === undefined ? undefined : { key, body: Buffer.from(body) };
  // A page that goes away leaves no half of a replay behind: it goes on to its end.
  const report = await looks.replay({ queue, keys, edited, signal: new AbortController().signal });
  logger.info({ queue, ...report, edited: edited !== undefined }, "dead letters were replayed by the console");
  return report;
}

async function publish(asked: Asked, { planned, logger }: RouteParts): Promise<unknown> {
  const parameters = objectOfAsked(asked, "parameters");
  const answer = await publishByHand(
    {
      subscription: textOfAsked(asked, "subscription"),
      routingKey: textOfAsked(asked, "routingKey"),
      parameters: Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, String(value)])),
      data: asked["data"],
      headers: objectOfAsked(asked, "headers"),
      unchecked: asked["unchecked"] === true,
    },
    planned.subscriptions,
    logger,
  );
  logger.info({ ...answer }, "a message was published by the console");
  return answer;
}
