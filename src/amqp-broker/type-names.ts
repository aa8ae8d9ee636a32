/** RabbitMQ's words for the types of table values, as its errors print them. */
import type { FieldValue } from "../amqp-wire/field-table.ts";

const names = {
  t: "bool",
  b: "byte",
  B: "unsignedbyte",
  s: "short",
  u: "unsignedshort",
  I: "signedint",
  i: "unsignedint",
  l: "long",
  f: "float",
  d: "double",
  D: "decimal",
  S: "longstr",
  A: "array",
  T: "timestamp",
  F: "table",
  V: "void",
  x: "binary",
} as const satisfies Record<FieldValue["type"], string>;

export function typeName({ type }: FieldValue): string {
  return names[type];
}

/** As an error quotes it. */
export function valueText(value: FieldValue): string {
  switch (value.type) {
    case "S":
    case "x":
      return value.value.toString();
    case "A":
    case "F":
    case "V":
    case "D":
      return typeName(value);
    default:
      return String(value.value);
  }
}
