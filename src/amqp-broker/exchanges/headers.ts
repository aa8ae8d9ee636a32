/** Headers: bindings whose arguments agree with the message's headers, all of them or any. */
import { replyCode } from "../../amqp-wire/constants.ts";
import { type FieldTable, type FieldValue, fieldInteger, fieldText } from "../../amqp-wire/field-table.ts";
import { channelError } from "../errors.ts";
import { typeName, valueText } from "../type-names.ts";
import type { BindingTable, BindingTarget, ExchangeBinding, Routable } from "./binding.ts";

interface Match {
  readonly every: boolean;
  readonly fields: readonly (readonly [name: string, value: FieldValue])[];
}

const kinds: readonly string[] = ["all", "any", "all-with-x", "any-with-x"];

export class HeadersBindings implements BindingTable {
  readonly #matches = new Map<ExchangeBinding, Match>();
  readonly #comparesMoments: boolean;

  /** @param comparesMoments moments agree when they are equal, as until RabbitMQ 3.12 */
  constructor(comparesMoments = false) {
    this.#comparesMoments = comparesMoments;
  }

  /** @throws a channel error when `x-match` is not one of RabbitMQ's four */
  add(binding: ExchangeBinding): void {
    this.#matches.set(binding, matchOf(binding.arguments));
  }

  remove(binding: ExchangeBinding): void {
    this.#matches.delete(binding);
  }

  route(_routingKey: string, { headers }: Routable, visit: (target: BindingTarget) => void): void {
    for (const [{ target }, match] of this.#matches) if (agrees(match, headers, this.#comparesMoments)) visit(target);
  }
}

function matchOf(table: FieldTable): Match {
  const kind = kindOf(table.get("x-match"));
  const withX = kind.endsWith("-with-x");
  const fields = [...table].filter(([name]) => (withX ? name !== "x-match" : !name.startsWith("x-")));
  return { every: kind.startsWith("all"), fields };
}

function kindOf(given: FieldValue | undefined): string {
  if (given === undefined) return "all";
  const kind = fieldText(given);
  if (kind === undefined) {
    const found = `type ${typeName(given)} (value ${valueText(given)}); expected longstr`;
    throw channelError(replyCode.preconditionFailed, `Invalid x-match field ${found}`);
  }
  if (kinds.includes(kind)) return kind;
  const expected = "expected all, any, all-with-x, or any-with-x";
  throw channelError(replyCode.preconditionFailed, `Invalid x-match field value <<"${kind}">>; ${expected}`);
}

function agrees({ every, fields }: Match, headers: FieldTable | undefined, moments: boolean): boolean {
  if (every) return fields.every(([name, value]) => fieldAgrees(value, headers?.get(name), moments));
  return fields.some(([name, value]) => fieldAgrees(value, headers?.get(name), moments));
}

/**
 * A void asks only that the header is there; integers of any width are compared. A timestamp counts as the
 * number of its seconds in a binding and of its milliseconds in a message (RabbitMQ since 3.13), so equal ones differ.
 */
function fieldAgrees(wanted: FieldValue, found: FieldValue | undefined, moments: boolean): boolean {
  if (!found) return false;
  if (wanted.type === "V") return true;
  const number = found.type === "T" && !moments ? BigInt(found.value) * 1000n : undefined;
  return sameValue(wanted, found, number);
}

function sameValue(one: FieldValue, other: FieldValue, otherNumber = wholeNumber(other)): boolean {
  const whole = wholeNumber(one);
  if (whole !== undefined) return whole === otherNumber;
  switch (one.type) {
    case "V":
      return other.type === "V";
    case "S":
    case "x":
      return other.type === one.type && one.value.equals(other.value);
    case "D":
      return other.type === "D" && one.scale === other.scale && one.value === other.value;
    case "A":
      return other.type === "A" && sameList(one.value, other.value);
    case "F":
      return other.type === "F" && sameTable(one.value, other.value);
    default:
      return other.type === one.type && one.value === other.value;
  }
}

function wholeNumber(value: FieldValue): bigint | undefined {
  const whole = value.type === "T" ? value.value : fieldInteger(value);
  return whole === undefined ? undefined : BigInt(whole);
}

function sameList(one: readonly FieldValue[], other: readonly FieldValue[]): boolean {
  return one.length === other.length && one.every((value, at) => sameValue(value, other[at] as FieldValue));
}

function sameTable(one: FieldTable, other: FieldTable): boolean {
  if (one.size !== other.size) return false;
  return [...one].every(([name, value]) => {
    const found = other.get(name);
    return found !== undefined && sameValue(value, found);
  });
}
