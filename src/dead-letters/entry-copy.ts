/** Copies of dead letters: to the end of their own queue, to another queue, or back to where they failed. */
import type { OutgoingMessage } from "../amqp-client/outgoing-message.ts";
import type { TakenMessage } from "../amqp-client/taken-message.ts";
import { headerNames } from "../transports/amqp/names/headers.ts";
import { copyMessage } from "../transports/amqp/settlement/copy-message.ts";
import { cutText } from "../util/cut-text.ts";
import type { DeadLetterEntry } from "./dead-letter-entry.ts";

/** Replays that are remembered in the message. */
const mostReplays = 10;
const replayLineBytes = 200;
/** A dead letter was written by the framework or by the broker: its headers are trusted. */
const arrival = { ours: true, returned: false } as const;

/** The same dead letter for the end of its own queue: its count of deliveries begins again, everything else stays. */
export function renewedCopy(message: TakenMessage, queue: string, frameMax: number): OutgoingMessage {
  return copyTo(queue, message, "move", {}, frameMax);
}

/** The dead letter with everything that says why it is one, for another queue. */
export function movedCopy({ message }: DeadLetterEntry, queue: string, frameMax: number): OutgoingMessage {
  return copyTo(queue, message, "move", {}, frameMax);
}

/** The options of a replay beside the message. */
export interface ReplayFacts {
  readonly now: Date;
  /** A body that was written by hand, instead of that of the message. */
  readonly edited?: Buffer | undefined;
}

/**
 * The message as it was before it failed, for the queue it failed in. The reason of the failure is removed, except for one line in the
 * list of its replays; the exchange and the routing key that it was published with stay, so that its handler receives them.
 */
export function replayedCopy(
  entry: DeadLetterEntry,
  queue: string,
  replay: string,
  { now, edited }: ReplayFacts,
  frameMax: number,
): OutgoingMessage {
  const line = `${replayLine(entry, now)}${edited === undefined ? "" : ", edited"}`;
  const added: Record<string, unknown> = {
    [headerNames.replays]: [...entry.replays, line].slice(-mostReplays),
    [headerNames.replay]: replay,
  };
  // What the broker itself dead-lettered has them in x-death, which a replay takes off.
  if (entry.exchange !== undefined) added[headerNames.exchange] = entry.exchange;
  if (entry.routingKey !== undefined) added[headerNames.routingKey] = entry.routingKey;
  const copy = copyTo(queue, entry.message, "replay", added, frameMax);
  return edited === undefined ? copy : { ...copy, content: edited };
}

/** "2026-11-23T10:00:00.000Z after 3 attempts, handler-error TypeError (orders.onPaid)" */
function replayLine({ attempts, reason, errorClass, service, handler, deaths }: DeadLetterEntry, now: Date): string {
  const count = attempts ?? deaths[0]?.count;
  const tries = count === undefined ? "" : ` after ${count} ${count === 1 ? "attempt" : "attempts"}`;
  const what = [reason ?? "unknown reason", errorClass].filter((word) => word !== undefined).join(" ");
  const who = [service, handler].filter((word) => word !== undefined).join(".");
  const line = `${now.toISOString()}${tries}, ${what}${who && ` (${who})`}`;
  return cutText(line, replayLineBytes);
}

function copyTo(
  queue: string,
  message: TakenMessage,
  kind: "replay" | "move",
  added: Readonly<Record<string, unknown>>,
  frameMax: number,
): OutgoingMessage {
  return copyMessage(message, { kind, arrival, target: { exchange: "", routingKey: queue }, added, frameMax });
}
