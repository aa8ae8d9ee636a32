/** What the page can do with dead letters: list them, open one, check another body, replay, delete. */
import { messageOf } from "../errors.ts";
import { type Asked, changesOfAsked, listOfAsked, textOfAsked } from "./asked.ts";
import { bodyView } from "./broker/body-view.ts";
import { changedBody } from "./broker/change-body.ts";
import { openDeadLetter } from "./broker/dead-letter-view.ts";
import { ConsoleError } from "./broker/errors.ts";
import { readingFor, subscriptionFor } from "./broker/readings.ts";
import { removeDeadLetters } from "./broker/remove-dead-letters.ts";
import { replayDeadLetters } from "./broker/replay-dead-letters.ts";
import { changes, type Route, type RouteParts, reads } from "./route.ts";
import { replayOutcomes } from "./run/replay-outcomes.ts";
import type { ChangesView, RemovalReport } from "./view/message-view.ts";

/** How many reasons are shown for a change that does not fit. */
const mostReasons = 5;

export const deadLetterRoutes: Readonly<Record<string, Route>> = {
  "/api/dead-letters": reads((asked, { looks }, signal) => looks.look(textOfAsked(asked, "queue"), signal)),
  "/api/dead-letter": reads(openEntry),
  "/api/check": reads(checkBody, "POST"),
  "/api/check-changes": reads(checkChanges, "POST"),
  "/api/replay": changes(replay),
  "/api/remove": changes(remove),
};

async function openEntry(asked: Asked, { looks, planned }: RouteParts): Promise<unknown> {
  const { entry, row } = looks.entry(textOfAsked(asked, "queue"), textOfAsked(asked, "key"));
  const found = subscriptionFor(entry, planned.subscriptions);
  return openDeadLetter(entry, row, found);
}

/** The verdict of envelope and schema about an edited body. */
async function checkBody(asked: Asked, { looks, planned }: RouteParts): Promise<unknown> {
  const { entry } = looks.entry(textOfAsked(asked, "queue"), textOfAsked(asked, "key"));
  const content = Buffer.from(textOfAsked(asked, "body"));
  const { headers, properties } = entry.message;
  const body = { content, bytes: content.length, headers, properties: { ...properties } };
  return bodyView(body, readingFor(entry, planned.subscriptions, undefined));
}

/** The verdict of envelope and schema about bodies with the same changes: those with the keys, or all of the last look. */
async function checkChanges(asked: Asked, { looks, planned }: RouteParts): Promise<ChangesView> {
  const changes = changesOfAsked(asked, "changes");
  const view = { fits: 0, unknown: 0, refused: 0, unchanged: 0, why: new Set<string>() };
  for (const { queue, exchange, routingKey, message } of looks.entries(
    textOfAsked(asked, "queue"),
    listOfAsked(asked, "keys"),
  )) {
    try {
      const content = changedBody(message, changes);
      const { headers, properties } = message;
      const reading = readingFor({ queue, exchange, routingKey }, planned.subscriptions, undefined);
      const body = { content, bytes: content.length, headers, properties: { ...properties } };
      const { verdict } = await bodyView(body, reading);
      if (verdict.kind === "fits" || verdict.kind === "unknown") view[verdict.kind]++;
      else {
        view.refused++;
        view.why.add(verdict.text);
      }
    } catch (error) {
      view.unchanged++;
      view.why.add(`Some messages stay, because ${messageOf(error)}.`);
    }
  }
  return { ...view, why: [...view.why].slice(0, mostReasons) };
}

/** Deletes only dead letters that the page showed, so their keys are required. */
async function remove(asked: Asked, { looks, logger }: RouteParts): Promise<RemovalReport> {
  const queue = textOfAsked(asked, "queue");
  const keys = listOfAsked(asked, "keys") ?? [];
  if (keys.length === 0) throw new ConsoleError(400, 'The request needs "keys": which dead letters are removed.');
  const report = await removeDeadLetters({ queue, keys, signal: new AbortController().signal }, looks);
  logger.info({ queue, ...report }, "dead letters were removed by the console");
  return report;
}

async function replay(asked: Asked, { looks, logger, source }: RouteParts): Promise<unknown> {
  const queue = textOfAsked(asked, "queue");
  const keys = listOfAsked(asked, "keys");
  const body = asked["body"] === undefined ? undefined : textOfAsked(asked, "body");
  const [key, ...more] = keys ?? [];
  if (body !== undefined && (key === undefined || more.length > 0)) {
    throw new ConsoleError(400, "An edited body belongs to one dead letter: give one key.");
  }
  const changes = changesOfAsked(asked, "changes");
  const edited = body === undefined || key === undefined ? undefined : { key, body: Buffer.from(body) };
  // A replay continues to its end, even if the page goes away: no replay stays half done.
  const { signal } = new AbortController();
  const report = await replayDeadLetters({ queue, keys, edited, changes, signal }, looks, () =>
    replayOutcomes(source.kept),
  );
  logger.info(
    { queue, ...report, edited: edited !== undefined || changes.length > 0 },
    "dead letters were replayed by the console",
  );
  return report;
}
