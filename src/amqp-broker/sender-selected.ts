/** Sender-selected distribution, an extension of RabbitMQ: more routing keys in the headers CC and BCC. */
import { ByteReader } from "../amqp-wire/byte-reader.ts";
import { replyCode } from "../amqp-wire/constants.ts";
import { fieldText, readTable } from "../amqp-wire/field-table.ts";
import { channelError } from "./errors.ts";
import { typeName } from "./type-names.ts";

export interface OtherKeys {
  readonly all: readonly string[];
  /** Some came in BCC, which no receiver may see. */
  readonly hidden: boolean;
}

/** Undefined where the headers name no other keys. @throws a channel error, PRECONDITION_FAILED */
export function otherKeysIn(headers: Buffer): OtherKeys | undefined {
  // Few messages have them, and this code runs for every publish.
  if (!headers.includes("CC")) return undefined;
  const table = readTable(new ByteReader(headers));
  const lists = (["CC", "BCC"] as const).map((name) => {
    const value = table.get(name);
    if (!value) return [];
    if (value.type !== "A") {
      const text = `invalid message: {unacceptable_type_in_header,"${name}",${typeName(value)}}`;
      throw channelError(replyCode.preconditionFailed, text);
    }
    return value.value.flatMap((item) => fieldText(item) ?? []);
  });
  const all = lists.flat();
  return all.length > 0 || table.has("BCC") ? { all, hidden: table.has("BCC") } : undefined;
}
