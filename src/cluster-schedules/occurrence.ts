/** One occurrence of a schedule as a message: its id, its body, and how it is read again. */
import type { OutgoingMessage } from "../amqp-client/outgoing-message.ts";
import { memberOf } from "../errors.ts";
import type { Envelope } from "../service/envelope.ts";
import { ServiceError } from "../service/errors.ts";

/** An occurrence takes some hundred bytes; a larger message is not one. */
const mostBytes = 4096;

/** `<name>:<time in UTC>`: the same from every publisher, so that a second copy is recognised. */
export function occurrenceId(name: string, time: number): string {
  return `${name}:${new Date(time).toISOString()}`;
}

export interface OccurrenceSettings {
  /** The schedule's. */
  readonly name: string;
  readonly queue: string;
  readonly service: string;
}

/** The published message; it reaches the queue by the queue's name, or is returned. */
export function occurrenceMessage({ name, queue, service }: OccurrenceSettings, time: number): OutgoingMessage {
  const body = { schedule: name, scheduledAt: new Date(time).toISOString() };
  return {
    exchange: "",
    routingKey: queue,
    mandatory: true,
    content: Buffer.from(JSON.stringify(body)),
    properties: {
      contentType: "application/json",
      persistent: true,
      messageId: occurrenceId(name, time),
      timestamp: Math.floor(time / 1000),
      appId: service,
    },
  };
}

/** Reads occurrences of one schedule; anything else is refused, and so dead-lettered. */
export function createOccurrenceEnvelope(name: string): Envelope<Date> {
  return {
    optionNames: [],
    buildMessage: (_service, _topic, data) =>
      JSON.stringify({ schedule: name, scheduledAt: (data as Date).toISOString() }),
    parseMessage(payload) {
      const time = timeIn(payload, name);
      const message = new Date(time);
      return { message, data: message, messageUuid: occurrenceId(name, time) };
    },
  };
}

function timeIn(payload: Buffer, name: string): number {
  if (payload.length > mostBytes) throw foreign(name, `it has ${payload.length} bytes`);
  let body: unknown;
  try {
    body = JSON.parse(payload.toString("utf8"));
  } catch (error) {
    throw foreign(name, "its body is not JSON", error);
  }
  const [schedule, scheduledAt] = [memberOf(body, "schedule"), memberOf(body, "scheduledAt")];
  if (schedule !== name) throw foreign(name, `its member "schedule" is ${shown(schedule)}`);
  const time = typeof scheduledAt === "string" ? Date.parse(scheduledAt) : Number.NaN;
  if (Number.isNaN(time)) throw foreign(name, `its member "scheduledAt" is ${shown(scheduledAt)}, which is not a time`);
  return time;
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? "missing").slice(0, 100);
}

function foreign(name: string, problem: string, cause?: unknown): ServiceError {
  return new ServiceError(
    "ERR_SCHEDULE_OCCURRENCE",
    `A message in the queue of the schedule "${name}" is not an occurrence of it: ${problem}. Only instances of the service and \`tomodachi schedule trigger\` publish there. Find the other program that does.`,
    { cause },
  );
}
