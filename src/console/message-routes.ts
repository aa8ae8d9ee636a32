/** What the page can do with messages: open one, make a test of some, publish. */
import { type Asked, numbersOfAsked, objectOfAsked, textOfAsked } from "./asked.ts";
import { judged } from "./broker/body-view.ts";
import { publishByHand } from "./broker/console-publish.ts";
import { ConsoleError } from "./broker/errors.ts";
import { meantKeyOf } from "./broker/meant-key.ts";
import { recordMessages } from "./recording/record-messages.ts";
import { fromKept } from "./recording/recordable.ts";
import { changes, type Route, type RouteParts, reads } from "./route.ts";
import type { Verdict } from "./view/message-view.ts";

export const messageRoutes: Readonly<Record<string, Route>> = {
  "/api/message": reads(openMessage),
  "/api/record": reads(record, "POST"),
  "/api/check-data": reads(checkData, "POST"),
  "/api/publish": changes(publish),
};

async function openMessage(asked: Asked, { source }: RouteParts): Promise<unknown> {
  const view = await source.open(Number(textOfAsked(asked, "number")));
  if (view) return view;
  throw new ConsoleError(404, "This message is not kept any more: the console keeps the last few hundred.");
}

/** Returns the text of a test file, which the page shows. No file is written. */
async function record(asked: Asked, { source, planned, recording }: RouteParts): Promise<unknown> {
  if (!recording)
    throw new ConsoleError(
      409,
      "This console cannot make tests, because it does not know how messages were handled. Use the console of `tomodachi run`.",
    );
  const wanted = numbersOfAsked(asked, "numbers");
  const chosen = wanted.flatMap((number) => source.recorded(number) ?? []);
  return recordMessages(fromKept(chosen, source.kept), planned, await recording());
}

/** The verdict of the handler's schema about data before a publish. */
async function checkData(asked: Asked, { planned }: RouteParts): Promise<Verdict> {
  const id = textOfAsked(asked, "subscription");
  const found = planned.subscriptions.find(({ view }) => view.id === id);
  if (!found) throw new ConsoleError(404, "This handler does not exist any more. Load the page again.");
  return judged(asked["data"], found.plan.reading.schema);
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
  return answer.routed ? answer : { ...answer, similarKey: meantKeyOf(answer, planned.subscriptions) };
}
