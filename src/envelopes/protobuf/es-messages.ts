/** Messages of protobuf-es: the schema (`OrderSchema`) is a separate value, from generated code or from a registry. */
import { ConfigurationError } from "../../service/errors.ts";
import { unbuildable } from "../errors.ts";
import { esMisfit } from "./es-misfit.ts";
import { type EsRuntime, esRuntime } from "./es-runtime.ts";
import { type EsSchema, isEsSchema } from "./es-schema.ts";
import { type MessageLibrary, misfit } from "./message-type.ts";

export const esMessages: MessageLibrary = {
  fits: isEsSchema,

  nameOf(schema: object): string {
    return (schema as EsSchema).typeName;
  },

  encode(schema: object, data: object): Uint8Array {
    const { create, toBinary } = runtime();
    const { typeName } = schema as EsSchema;
    try {
      const problem = esMisfit(schema as EsSchema, data);
      if (problem !== undefined) throw misfit(typeName, problem);
      return toBinary(schema, create(schema, data));
    } catch (error) {
      if (error instanceof RangeError) throw unbuildable(`The data for "${typeName}" is nested too deeply.`, error);
      throw error;
    }
  },

  decode(schema: object, bytes: Buffer): unknown {
    // A plain Uint8Array, so that the bytes in a message have their declared type.
    return runtime().fromBinary(schema, new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  },
};

/** Throws an error with the install command if a protobuf-es schema is used without the library. */
export function requireEsRuntime(): void {
  runtime();
}

function runtime(): EsRuntime {
  if (esRuntime) return esRuntime;
  throw new ConfigurationError(
    "ProtobufBase needs the package @bufbuild/protobuf for a protobuf-es schema, but it is not installed. Run: npm install @bufbuild/protobuf",
  );
}
