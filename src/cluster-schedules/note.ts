/** The note of a schedule: up to which occurrence everything is published or left out. It is the one message of a queue. */
import type { AmqpConnection } from "../amqp-client/connection.ts";
import type { OutgoingMessage } from "../amqp-client/outgoing-message.ts";
import { type PeekedMessage, peekQueue } from "../amqp-client/peek.ts";
import { memberOf } from "../errors.ts";
import { wait } from "../util/wait.ts";

export interface Note {
  /** Milliseconds since 1970. */
  readonly last: number;
  /** The schedule as it was then, as a person reads it. */
  readonly schedule: string;
}

/** There is more than one only if a look and a new note came at the same time. */
const mostNotes = 10;
/** A client that reads the note takes it from the queue, which is empty for that time. */
const looks = { count: 3, everyMs: 100 };

/** The latest note; undefined if there is none. Other messages are ignored. */
export async function readNote(connection: AmqpConnection, queue: string): Promise<Note | undefined> {
  for (let look = 1; ; look++) {
    const notes = ((await peekQueue(connection, queue, mostNotes)) ?? []).flatMap((message) => noteIn(message) ?? []);
    const [latest] = notes.sort((one, other) => other.last - one.last);
    if (latest || look === looks.count) return latest;
    await wait(looks.everyMs);
  }
}

export function noteMessage(queue: string, { last, schedule }: Note, service: string): OutgoingMessage {
  return {
    exchange: "",
    routingKey: queue,
    mandatory: true,
    content: Buffer.from(JSON.stringify({ last: new Date(last).toISOString(), schedule })),
    properties: { contentType: "application/json", persistent: true, appId: service },
  };
}

function noteIn({ content }: PeekedMessage): Note | undefined {
  try {
    const body: unknown = JSON.parse(content.toString("utf8"));
    const [last, schedule] = [memberOf(body, "last"), memberOf(body, "schedule")];
    const time = typeof last === "string" ? Date.parse(last) : Number.NaN;
    return Number.isNaN(time) || typeof schedule !== "string" ? undefined : { last: time, schedule };
  } catch {
    return undefined;
  }
}
