/** The optional package @bufbuild/protobuf: here when it is installed. */
import { hasCode } from "../../errors.ts";

/** What is used of it. Its own types stay out of our declarations, which must compile without it. */
export interface EsRuntime {
  create(schema: object, init: object): object;
  toBinary(schema: object, message: object): Uint8Array;
  fromBinary(schema: object, bytes: Uint8Array): object;
}

/** Undefined when it is not installed. Loaded once, with this module, so that nothing waits for it per message. */
export const esRuntime: EsRuntime | undefined = await load();

async function load(): Promise<EsRuntime | undefined> {
  try {
    return (await import("@bufbuild/protobuf")) as unknown as EsRuntime;
  } catch (error) {
    if (hasCode(error, "ERR_MODULE_NOT_FOUND")) return undefined;
    throw error;
  }
}
