/** Whether a declaration matches the existing object, compared as RabbitMQ compares and reported in its words. */
import { replyCode } from "../amqp-wire/constants.ts";
import { type FieldTable, type FieldValue, fieldInteger } from "../amqp-wire/field-table.ts";
import { channelError, type ReplyError } from "./errors.ts";
import { typeName, valueText } from "./type-names.ts";

/** What is declared again, for the words of an error. */
export interface Subject {
  readonly kind: "exchange" | "queue";
  readonly name: string;
  readonly virtualHost: string;
}

/** @throws a channel error, PRECONDITION_FAILED */
export function checkSameField(
  subject: Subject,
  field: string,
  received: boolean | string,
  current: boolean | string,
): void {
  if (received !== current) throw inequivalent(subject, field, `received '${received}' but current is '${current}'`);
}

/** @throws a channel error, PRECONDITION_FAILED */
export function checkSameArguments(
  subject: Subject,
  names: readonly string[],
  received: FieldTable,
  current: FieldTable,
  fillsInQueueType = true,
): void {
  for (const name of names) {
    const one = received.get(name);
    const other = current.get(name);
    if (one && other && sameValue(one, other)) continue;
    if (!(one || other)) continue;
    if (!(one && other) && isDefault(name, one ?? other)) continue;
    // RabbitMQ fills in the type of the virtual host, so it never compares a type with nothing.
    if (one && other)
      throw inequivalent(subject, name, `received '${valueText(one)}' but current is '${valueText(other)}'`);
    if (name === "x-queue-type" && fillsInQueueType) {
      const [received, current] = [one, other].map((value) => (value ? valueText(value) : "classic"));
      throw inequivalent(subject, name, `received '${received}' but current is '${current}'`);
    }
    throw inequivalent(subject, name, `received ${described(one)} but current is ${described(other)}`);
  }
}

/** Not naming the type is naming the default one. */
function isDefault(name: string, value: FieldValue | undefined): boolean {
  return name === "x-queue-type" && value !== undefined && valueText(value) === "classic";
}

/** Integers are equal at any width. */
function sameValue(one: FieldValue, other: FieldValue): boolean {
  const [first, second] = [fieldInteger(one), fieldInteger(other)];
  if (first !== undefined && second !== undefined) return first === second;
  return one.type === other.type && valueText(one) === valueText(other);
}

function described(value: FieldValue | undefined): string {
  return value ? `the value '${valueText(value)}' of type '${typeName(value)}'` : "none";
}

function inequivalent({ kind, name, virtualHost }: Subject, field: string, difference: string): ReplyError {
  return channelError(
    replyCode.preconditionFailed,
    `inequivalent arg '${field}' for ${kind} '${name}' in vhost '${virtualHost}': ${difference}`,
  );
}
