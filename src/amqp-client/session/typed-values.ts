/** Values with the AMQP type that they are to have, as `{ "!": type, value }`: for types that JavaScript lacks. */
import type { ByteWriter } from "../../amqp-wire/byte-writer.ts";

interface TypedForm {
  readonly expected: string;
  fits(value: unknown): boolean;
  /** Writes the letter of the type, then the value, which fits. */
  write(writer: ByteWriter, value: never): void;
}

interface Decimal {
  readonly places: number;
  readonly digits: number;
}

// AMQP 0-9-1, 4.2.5: the widths of these types.
const forms: Readonly<Record<string, TypedForm>> = {
  timestamp: {
    expected: "whole seconds since 1970, from 0 to 2^64 - 1",
    fits: (value) => isWhole(value) && BigInt(value) >= 0n && BigInt(value) < 2n ** 64n,
    write(writer, value: number | bigint) {
      writer.uint8(0x54);
      writer.uint64(value);
    },
  },
  decimal: {
    expected: "{ places, digits }, whole numbers from 0 to 255 and from 0 to 2^32 - 1",
    fits(value) {
      const { places, digits } = (value ?? {}) as { readonly places?: unknown; readonly digits?: unknown };
      return isBetween(places, 0xff) && isBetween(digits, 0xffffffff);
    },
    write(writer, { places, digits }: Decimal) {
      writer.uint8(0x44);
      writer.uint8(places);
      writer.uint32(digits);
    },
  },
  float: {
    expected: "a finite number that 32 bits can hold",
    // RabbitMQ drops the connection of a client that sends a number that is not finite, and rounding to 32 bits makes such numbers.
    fits: (value) => typeof value === "number" && Number.isFinite(Math.fround(value)),
    write(writer, value: number) {
      writer.uint8(0x66);
      writer.float32(value);
    },
  },
  double: {
    expected: "a finite number",
    fits: (value) => Number.isFinite(value),
    write(writer, value: number) {
      writer.uint8(0x64);
      writer.float64(value);
    },
  },
};

/** Whether an object names a type of this list; one with any other `"!"` is a table like all others. */
export function isTyped(value: object): boolean {
  return typedForm(value) !== undefined;
}

/** Why a value with a type cannot be sent; undefined when it can. */
export function typedProblem(value: object): string | undefined {
  const form = typedForm(value);
  if (!form || form.fits(typedContent(value))) return undefined;
  return `a ${typedName(value)} whose value is not ${form.expected}`;
}

/** Writes a value that has no problem. */
export function writeTyped(writer: ByteWriter, value: object): void {
  typedForm(value)?.write(writer, typedContent(value) as never);
}

function typedForm(value: object): TypedForm | undefined {
  if (!Object.hasOwn(value, "!")) return undefined;
  const name = typedName(value);
  return typeof name === "string" && Object.hasOwn(forms, name) ? forms[name] : undefined;
}

function typedName(value: object): unknown {
  return (value as { readonly "!": unknown })["!"];
}

function typedContent(value: object): unknown {
  return (value as { readonly value?: unknown }).value;
}

function isWhole(value: unknown): value is number | bigint {
  return typeof value === "bigint" || Number.isInteger(value);
}

function isBetween(value: unknown, largest: number): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= largest;
}
