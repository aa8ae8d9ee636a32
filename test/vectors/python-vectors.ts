/** Reads `tomodachi-python.json`, and turns values in the tagged form into JavaScript's. */
import { readFileSync } from "node:fs";

/** A value with its Python type; see README.md. */
export type Tagged =
  | { readonly t: "null" }
  | { readonly t: "bool"; readonly v: boolean }
  | { readonly t: "int" | "float"; readonly v: string }
  | { readonly t: "str"; readonly v?: string; readonly utf16be_hex?: string }
  | { readonly t: "list"; readonly v: readonly Tagged[] }
  | { readonly t: "dict"; readonly v: readonly (readonly [Tagged, Tagged])[] };

/** A value by its tagged form, or (large data) plainly. */
export interface VectorValue {
  readonly typed?: Tagged;
  readonly plain?: unknown;
  readonly python_json?: string;
}

export interface ParsedVector {
  readonly message_uuid: Tagged;
  readonly timestamp: Tagged;
  readonly envelope_plain: Readonly<Record<string, unknown>>;
  readonly data: VectorValue;
}

export interface BuildVector {
  readonly name: string;
  readonly topic: string;
  readonly service: { readonly name: string; readonly uuid: string };
  readonly payload: string;
  readonly data_encoding: string;
  readonly python_json_length: number;
  readonly python_json_sha256: string;
  readonly input?: VectorValue;
  readonly parsed: ParsedVector;
}

export interface ServiceVector {
  readonly name: string;
  readonly service_attributes: { readonly name?: string; readonly uuid?: string };
  readonly payload: string;
  readonly built: Readonly<Record<string, unknown>>;
  readonly message_uuid_prefix: string;
}

export interface ParseVector {
  readonly name: string;
  readonly payload: string;
  readonly result?: ParsedVector;
  readonly error?: object;
}

export interface QueueVector {
  readonly option_set: string;
  readonly options: {
    readonly queue_name_prefix?: string;
    readonly routing_key_prefix?: string;
    readonly queue_ttl?: number;
    readonly exchange_name?: string;
  };
  readonly routing_key: string;
  readonly function: string;
  readonly uuid: string;
  readonly competing: boolean | null;
  readonly queue_name: string | null;
  readonly declared_queue: string;
  readonly durable: boolean;
  readonly auto_delete: boolean;
  readonly exclusive: boolean;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly bindings: readonly (readonly [exchange: string, key: string])[];
  /** Whether the start is refused when the queue has a consumer. */
  readonly max_consumers_checked: boolean;
}

export interface ExchangeVector {
  readonly exchange_name: string;
  readonly service_started: boolean;
  readonly exchange_seen?: readonly {
    readonly name: string;
    readonly type: string;
    readonly durable: boolean;
    readonly auto_delete: boolean;
    readonly internal: boolean;
  }[];
}

export interface PythonVectors {
  readonly json_build: {
    readonly cases: readonly BuildVector[];
    readonly service_variants: readonly ServiceVector[];
    readonly build_errors: readonly { readonly name: string }[];
  };
  readonly json_parse: readonly ParseVector[];
  readonly routing_keys: {
    readonly encode: readonly {
      readonly key?: string;
      readonly key_utf16be_hex?: string;
      readonly encoded?: string;
      readonly decoded_again?: string;
      readonly encoded_utf8_bytes?: number;
    }[];
    readonly decode_only: readonly { readonly encoded: string; readonly decoded?: string }[];
    readonly prefix: readonly {
      readonly option_prefix: string | null;
      readonly key: string;
      readonly on_the_wire: string;
      readonly stripped: string;
    }[];
    readonly publish_prefix_override: readonly {
      readonly publish_call_prefix: string | null;
      readonly key: string;
      readonly on_the_wire: string;
    }[];
  };
  readonly queues: readonly QueueVector[];
  readonly exchanges: readonly ExchangeVector[];
}

export const pythonVectors: PythonVectors = JSON.parse(
  readFileSync(new URL("./tomodachi-python.json", import.meta.url), "utf8"),
);

/** The JavaScript value: an integer outside the safe range is a bigint, a member order is kept. */
export function fromTagged(value: Tagged): unknown {
  switch (value.t) {
    case "null":
      return null;
    case "bool":
      return value.v;
    case "int":
      return Number.isSafeInteger(Number(value.v)) ? Number(value.v) : BigInt(value.v);
    case "float":
      return Number(value.v.replace("nan", "NaN").replace("inf", "Infinity"));
    case "str":
      return value.v ?? fromUtf16(value.utf16be_hex ?? "");
    case "list":
      return value.v.map(fromTagged);
    case "dict":
      return Object.fromEntries(value.v.map(([key, member]) => [String(fromTagged(key)), fromTagged(member)]));
  }
}

/** Text from the hex of its big-endian UTF-16, which can spell lone surrogates. */
export function fromUtf16(hex: string): string {
  return Buffer.from(hex, "hex").swap16().toString("utf16le");
}

/** The JavaScript value of either form. */
export function vectorValue({ typed, plain }: VectorValue): unknown {
  return typed ? fromTagged(typed) : plain;
}
