/** The optional package @bufbuild/protobuf, if it is installed. */
import { createRequire } from "node:module";
import { hasCode } from "../../errors.ts";

/**
 * The functions that are used. The types of the package are not used here, because the declarations of this file must compile without it.
 */
export interface EsRuntime {
  create(schema: object, init: object): object;
  toBinary(schema: object, message: object): Uint8Array;
  fromBinary(schema: object, bytes: Uint8Array): object;
}

/** Undefined if it is not installed. It is loaded once, with this module, so that no message waits for it. */
export const esRuntime: EsRuntime | undefined = load();

/** Uses `require`, because services in CommonJS could not `require` a module with a top-level await. */
function load(): EsRuntime | undefined {
  try {
    return createRequire(import.meta.url)("@bufbuild/protobuf") as EsRuntime;
  } catch (error) {
    if (hasCode(error, "MODULE_NOT_FOUND")) return undefined;
    throw error;
  }
}
