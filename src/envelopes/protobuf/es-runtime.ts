/** The optional package @bufbuild/protobuf: here when it is installed. */
import { createRequire } from "node:module";
import { hasCode } from "../../errors.ts";

/** What is used of it. Its own types stay out of this file, whose declarations must compile without it. */
export interface EsRuntime {
  create(schema: object, init: object): object;
  toBinary(schema: object, message: object): Uint8Array;
  fromBinary(schema: object, bytes: Uint8Array): object;
}

/** Undefined when it is not installed. Loaded once, with this module, so that nothing waits for it per message. */
export const esRuntime: EsRuntime | undefined = load();

/** By `require`: a module that awaits something could not be required itself, by services in CommonJS. */
function load(): EsRuntime | undefined {
  try {
    return createRequire(import.meta.url)("@bufbuild/protobuf") as EsRuntime;
  } catch (error) {
    if (hasCode(error, "MODULE_NOT_FOUND")) return undefined;
    throw error;
  }
}
