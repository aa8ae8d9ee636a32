/** An opened dead letter: why it failed, its history, its body, and whether the body can be edited. */
import { isUtf8 } from "node:buffer";
import { isDeepStrictEqual } from "node:util";
import type { DeadLetterEntry } from "../../dead-letters/index.ts";
import { memberOf } from "../../errors.ts";
import { indentedJson } from "../../util/json-layout.ts";
import type { DeadLetterRow, EditableBody, Fact, MessageView, OpenedDeadLetter, Step } from "../view/message-view.ts";
import type { JsonSchema } from "../view/plan-view.ts";
import { bodyView } from "./body-view.ts";
import { valueText } from "./json-text.ts";
import type { PlannedSubscription } from "./planned-services.ts";

/** The largest body that an editor on the page can handle, in bytes. */
const editableBytes = 512 * 1024;

export async function openDeadLetter(
  entry: DeadLetterEntry,
  row: DeadLetterRow,
  subscription: PlannedSubscription | undefined,
): Promise<OpenedDeadLetter> {
  const { message, errorClass, errorCode, errorMessage = "", errorStack = "" } = entry;
  const { content, headers, properties } = message;
  const given = properties as unknown as Readonly<Record<string, unknown>>;
  const view: MessageView = {
    facts: factsOf(entry),
    body: await bodyView({ content, bytes: content.length, headers, properties: given }, subscription?.plan.reading),
    headers: factsIn(headers),
    properties: factsIn({ ...given, headers: undefined }),
    way: wayOf(entry),
  };
  const title = errorCode === undefined ? (errorClass ?? "Error") : `${errorClass ?? "Error"} [${errorCode}]`;
  const hasError = errorClass !== undefined || errorMessage !== "";
  return {
    row,
    error: hasError ? { title, message: errorMessage, stack: errorStack } : undefined,
    message: view,
    editable: editableOf(entry, view.body.data, subscription?.view.schema),
  };
}

/** JSON is indented for people; anything else stays unchanged. */
function editableOf(
  { message: { content, properties } }: DeadLetterEntry,
  data: string | undefined,
  schema: JsonSchema | undefined,
): OpenedDeadLetter["editable"] {
  if (properties.contentEncoding !== undefined)
    return { why: `The body is compressed (${properties.contentEncoding}).` };
  if (content.length > editableBytes)
    return { why: `The body is too long to be edited here (${content.length} bytes).` };
  if (!isUtf8(content)) return { why: "The body is not text." };
  const text = content.toString("utf8");
  // Indented token by token, so that long numbers keep their digits.
  const laidOut = indentedJson(text)?.trimEnd() ?? text;
  return { text: laidOut, ...(data === undefined ? unknown : described(laidOut, data, schema)) };
}

const unknown = { schema: undefined, member: undefined };

/** The part of the body that the envelope reads as data: one member, or all of it. */
function described(
  text: string,
  data: string,
  schema: JsonSchema | undefined,
): Pick<EditableBody, "schema" | "member"> {
  try {
    const [body, read] = [JSON.parse(text), JSON.parse(data)] as readonly unknown[];
    if (isDeepStrictEqual(body, read)) return { schema, member: undefined };
    if (isDeepStrictEqual(memberOf(body, "data"), read)) return { schema, member: "data" };
  } catch {
    // Data that was cut for the page is not valid JSON.
  }
  return unknown;
}

function factsOf({
  reason,
  service,
  handler,
  host,
  attempts,
  exchange,
  routingKey,
  queue,
  id,
}: DeadLetterEntry): readonly Fact[] {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["Reason", reason ?? "unknown"],
    ["Handler", handler === undefined ? undefined : `${service ?? "?"}.${handler}`],
    ["Attempts", attempts === undefined ? undefined : String(attempts)],
    ["Host", host],
    ["Exchange", exchange === "" ? "the default exchange" : exchange],
    ["Routing key", routingKey],
    ["Failed in queue", queue ?? "unknown"],
    ["Message id", id],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
}

/** The history of a dead letter, from its headers, which stayed with it all the time. */
function wayOf(entry: DeadLetterEntry): readonly Step[] {
  const { message, exchange, routingKey, startedAt, failedAt, attempts, service, handler, deaths, replays } = entry;
  const { timestamp, appId } = message.properties;
  const steps: Step[] = [];
  const add = (at: number | undefined, kind: Step["kind"], text: string, detail?: string): void => {
    // The broker and the AMQP property give whole seconds; our own headers give milliseconds.
    const isWholeSecond = kind === "published" || kind === "broker";
    steps.push({ at, isWholeSecond, kind, text, detail, message: undefined });
  };
  const by = appId === undefined ? "Published" : `Published by ${appId}`;
  const where = routingKey === undefined ? "" : ` to ${exchange || "the default exchange"}, key ${routingKey}`;
  add(timestamp === undefined ? undefined : timestamp * 1000, "published", by + where);
  for (const replay of replays) {
    const [, at, text = replay] = /^(\S+Z) (.*)$/.exec(replay) ?? [];
    add(at === undefined ? undefined : Date.parse(at), "replayed", "Replayed", text);
  }
  for (const { queue, reason, count, at } of [...deaths].reverse()) {
    add(
      at?.getTime(),
      "broker",
      `The broker removed it from ${queue} (${reason}${count > 1 ? `, ${count} times` : ""})`,
    );
  }
  const who = [service, handler].filter((word) => word !== undefined).join(".");
  const run = attempts === undefined ? "a run" : `attempt ${attempts}`;
  if (startedAt) add(startedAt.getTime(), "handled", `${who || "The handler"} started ${run}`);
  const tries = attempts === undefined ? "" : ` after ${attempts} ${attempts === 1 ? "attempt" : "attempts"}`;
  const why = [entry.errorClass, entry.errorMessage].filter((word) => word !== undefined).join(": ");
  add(
    failedAt?.getTime(),
    "dead-letter",
    `Dead-lettered${tries} (${entry.reason ?? "unknown reason"})`,
    why || undefined,
  );
  return steps;
}

/** One line for each header or property; those that are not set are left out. */
export function factsIn(values: Readonly<Record<string, unknown>>): readonly Fact[] {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ({ name, value: valueText(value) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
