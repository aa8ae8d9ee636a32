/** The parts of a protobuf-es schema that this package reads; a generated schema has more. */

export interface EsSchema {
  readonly kind: "message";
  readonly typeName: string;
  readonly fields: readonly EsField[];
  readonly oneofs: readonly EsOneof[];
}

export interface EsField {
  readonly localName: string;
  readonly fieldKind: "scalar" | "enum" | "message" | "list" | "map";
  /** The kind of the items of a list. */
  readonly listKind?: "scalar" | "enum" | "message";
  /** The kind of the values of a map. */
  readonly mapKind?: "scalar" | "enum" | "message";
  /** A number from protobuf-es's list of scalar types; for a list or a map, the type of its values. */
  readonly scalar?: number;
  readonly message?: EsSchema;
  readonly oneof?: EsOneof | undefined;
}

export interface EsOneof {
  readonly localName: string;
  readonly fields: readonly EsField[];
}

/** The scalar types whose values the library would silently change into something else. */
export const TYPE_BOOL = 8;
export const TYPE_STRING = 9;
export const TYPE_BYTES = 12;

/** int64, uint64, fixed64, sfixed64, sint64. */
export const LONG_TYPES: readonly number[] = [3, 4, 6, 16, 18];

export function isEsSchema(value: unknown): value is EsSchema {
  const schema = value as Partial<EsSchema> | null | undefined;
  return (
    typeof schema === "object" &&
    schema !== null &&
    schema.kind === "message" &&
    typeof schema.typeName === "string" &&
    Array.isArray(schema.fields)
  );
}
