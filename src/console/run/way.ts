/** The history of a message through services and attempts, as far as this process has seen it or its headers contain it. */
import type { Fact, Step } from "../view/message-view.ts";
import { duration } from "../view/show-time.ts";
import type { RecordedMessage } from "./recorded-message.ts";

export function wayOf(message: RecordedMessage, all: readonly RecordedMessage[]): readonly Step[] {
  const { messageId } = message.row;
  if (messageId === undefined) return stepsOf(message);
  const cause = message.causationId === undefined ? undefined : handledBy(message.causationId, all);
  const same = all.filter(({ row }) => row.messageId === messageId);
  const caused = all.filter(({ row, causationId }) => causationId === messageId && row.kind === "published");
  const own = [
    ...(cause ? [causeStep(cause)] : []),
    ...(same.some(({ row }) => row.kind === "published") ? [] : senderSteps(message)),
    ...(same.length > 0 ? same : [message]).flatMap(stepsOf),
  ].sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
  // The caused messages come after the run that caused them, although that run ended a little later.
  return [...own, ...caused.map(causedStep)];
}

function handledBy(id: string, all: readonly RecordedMessage[]): RecordedMessage | undefined {
  return all.find(({ row }) => row.messageId === id && row.kind === "handled");
}

function causeStep({ row }: RecordedMessage): Step {
  const text = `${row.service}.${row.handler} handled ${row.routingKey} and sent this message`;
  return { at: row.at - row.ms, isWholeSecond: false, kind: "caused", text, detail: undefined, message: row.number };
}

function causedStep({ row }: RecordedMessage): Step {
  const text = `Its handler in ${row.service} published ${row.routingKey}`;
  return { at: row.at - row.ms, isWholeSecond: false, kind: "caused", text, detail: row.error, message: row.number };
}

/** This process did not publish the message, so its properties say who did. AMQP has only whole seconds. */
function senderSteps({ row, properties }: RecordedMessage): readonly Step[] {
  const { appId, timestamp } = properties;
  const by = typeof appId === "string" ? `Published by ${appId}` : "Published";
  const at = typeof timestamp === "number" ? timestamp * 1000 : undefined;
  const text = `${by}${placeText(row)}`;
  return [{ at, isWholeSecond: true, kind: "published", text, detail: undefined, message: undefined }];
}

function stepsOf({ row, notes, error }: RecordedMessage): readonly Step[] {
  if (row.kind === "published") {
    const text = `Published by ${row.service}${placeText(row)}`;
    const at = row.at - row.ms;
    return [{ at, isWholeSecond: false, kind: "published", text, detail: row.error, message: row.number }];
  }
  if (row.kind === "passing") {
    const text = `Seen at ${row.exchange || "the default exchange"}`;
    return [{ at: row.at, isWholeSecond: false, kind: "broker", text, detail: undefined, message: row.number }];
  }
  const who = `${row.service}.${row.handler}, attempt ${row.attempt}`;
  const ended: Step = {
    at: row.at,
    isWholeSecond: false,
    kind: row.outcome === "acknowledge" || row.outcome === "duplicate" ? "handled" : "failed",
    text: `${who}: ${outcomeText(row.outcome)} after ${duration(row.ms)}`,
    detail: error && `${error.title}: ${error.message}`,
    message: row.number,
  };
  const before = notes.filter(({ kind }) => kind === "failed");
  const after = notes.filter(({ kind }) => kind !== "failed");
  const noteStep = ({ at, kind, text, detail }: (typeof notes)[number]): Step => ({
    at,
    isWholeSecond: false,
    kind,
    text,
    detail: kind === "failed" ? detail : undefined,
    message: row.number,
  });
  return [...before.map(noteStep), ended, ...after.map((note) => ({ ...noteStep(note), at: row.at }))];
}

function placeText({ exchange, routingKey }: RecordedMessage["row"]): string {
  return ` to ${exchange || "the default exchange"}, key ${routingKey}`;
}

const outcomeTexts: Readonly<Record<string, string>> = {
  acknowledge: "done",
  duplicate: "recognised as done before",
  retry: "failed",
  requeue: "put back into its queue",
  "dead-letter": "failed",
};

function outcomeText(outcome: string): string {
  return outcomeTexts[outcome] ?? outcome;
}

/** The facts at the top of an opened message. */
export function factsOf({ row, queue, correlationId, causationId }: RecordedMessage): readonly Fact[] {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["Handler", row.handler === undefined ? undefined : `${row.service}.${row.handler}`],
    ["Published by", row.kind === "published" ? row.service : undefined],
    ["Exchange", row.exchange || "the default exchange"],
    ["Queue", queue],
    ["Message id", row.messageId],
    ["Correlation id", correlationId],
    ["Caused by", causationId],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
}
