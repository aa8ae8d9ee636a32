/** How a message is dead-lettered: without its expiration, with the reason and the place in `x-death`. */
import { ByteReader } from "../amqp-wire/byte-reader.ts";
import {
  type FieldTable,
  type FieldValue,
  fieldInteger,
  fieldText,
  longString,
  readTable,
} from "../amqp-wire/field-table.ts";
import { decodeProperties } from "../amqp-wire/properties.ts";
import { contentOf } from "./content-of.ts";
import { type Death, type DeathReason, Message } from "./message.ts";
import { type BrokerProfile, profileOf } from "./profile.ts";

/** Where the dead letters of a queue go. */
export interface DeadLetterRoute {
  readonly queue: string;
  readonly exchange: string;
  /** Undefined keeps the message's own keys. */
  readonly routingKey: string | undefined;
}

/** @param now milliseconds since 1970 */
export function deadMessageOf(
  message: Message,
  reason: DeathReason,
  route: DeadLetterRoute,
  now: number,
  profile: Pick<BrokerProfile, "tellsLastDeath" | "keepsCopyHeader"> = profileOf(),
): Message {
  const properties = decodeProperties(message.content.properties);
  const died = { reason, queue: route.queue, expiration: properties.expiration, copies: copiesOf(properties.headers) };
  const deaths = withDeath(message, died, now);
  const headers = new Map(properties.headers ?? []);
  headers.set("x-death", {
    type: "A",
    value: deaths.map((death) => ({ type: "F", value: deathTable(death) }) as const),
  });
  const [latest] = deaths as [Death];
  if (!message.deaths) nameDeath(headers, "x-first-death", latest);
  if (profile.tellsLastDeath) nameDeath(headers, "x-last-death", latest);
  if (route.routingKey !== undefined && !profile.keepsCopyHeader) headers.delete("CC");
  const { expiration: _, ...kept } = properties;
  return new Message({
    exchange: route.exchange,
    routingKey: route.routingKey ?? message.routingKey,
    otherKeys: route.routingKey === undefined ? message.otherKeys : undefined,
    content: contentOf({ ...kept, headers }, message.content.body),
    priority: message.priority,
    deaths,
  });
}

/**
 * Whether a dead letter returned to a queue where it was dead-lettered before, without a rejection by a consumer: then it is dropped, or
 * it would circulate without end. RabbitMQ's rule: a rejection anywhere in the cycle breaks it.
 */
export function isDeadLetterCycle(message: Message, queue: string): boolean {
  const { deaths } = message;
  if (!deaths) return false;
  const at = deaths.findIndex((death) => death.queue === queue);
  return at >= 0 && deaths.slice(0, at + 1).every(({ reason }) => reason !== "rejected");
}

interface Died {
  readonly reason: DeathReason;
  readonly queue: string;
  readonly expiration: string | undefined;
  /** The keys of CC; those of BCC are never shown. */
  readonly copies: readonly string[];
}

function copiesOf(headers: FieldTable | undefined): readonly string[] {
  const copies = headers?.get("CC");
  return copies?.type === "A" ? copies.value.flatMap((key) => fieldText(key) ?? []) : [];
}

function withDeath(
  { deaths = [], exchange, routingKey }: Message,
  { reason, queue, expiration, copies }: Died,
  now: number,
): readonly Death[] {
  const again = deaths.find((death) => death.queue === queue && death.reason === reason);
  const others = deaths.filter((death) => death !== again);
  if (again) return [{ ...again, count: again.count + 1 }, ...others];
  const time = Math.floor(now / 1000);
  return [{ reason, queue, count: 1, time, exchange, routingKeys: [routingKey, ...copies], expiration }, ...others];
}

/** The `x-death` in the headers of a message; undefined if it is missing or malformed. */
export function deathsIn(headers: Buffer): readonly Death[] | undefined {
  if (!headers.includes("x-death")) return undefined;
  const list = readTable(new ByteReader(headers)).get("x-death");
  if (list?.type !== "A" || list.value.length === 0) return undefined;
  const deaths = list.value.flatMap((entry) => (entry.type === "F" ? deathFrom(entry.value) : []));
  return deaths.length === list.value.length ? deaths : undefined;
}

function deathFrom(table: FieldTable): readonly Death[] {
  const text = (name: string): string | undefined => {
    const value = table.get(name);
    return value && fieldText(value);
  };
  const [reason, queue, count, time, keys] = [
    text("reason"),
    text("queue"),
    table.get("count"),
    table.get("time"),
    table.get("routing-keys"),
  ];
  if (reason === undefined || queue === undefined) return [];
  return [
    {
      reason: reason as DeathReason,
      queue,
      count: Number((count && fieldInteger(count)) ?? 1),
      time: time?.type === "T" ? Number(time.value) : 0,
      exchange: text("exchange") ?? "",
      routingKeys: keys?.type === "A" ? keys.value.flatMap((key) => fieldText(key) ?? []) : [],
      expiration: text("original-expiration"),
    },
  ];
}

function deathTable({ count, reason, queue, time, exchange, routingKeys, expiration }: Death): FieldTable {
  const fields: [string, FieldValue][] = [
    ["count", { type: "l", value: count }],
    ["reason", longString(reason)],
    ["queue", longString(queue)],
    ["time", { type: "T", value: time }],
    ["exchange", longString(exchange)],
    ["routing-keys", { type: "A", value: routingKeys.map(longString) }],
  ];
  if (expiration !== undefined) fields.push(["original-expiration", longString(expiration)]);
  return new Map(fields);
}

function nameDeath(headers: Map<string, FieldValue>, which: string, { exchange, queue, reason }: Death): void {
  headers.set(`${which}-exchange`, longString(exchange));
  headers.set(`${which}-queue`, longString(queue));
  headers.set(`${which}-reason`, longString(reason));
}
