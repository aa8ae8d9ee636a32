/** The data of a publish: checked by its schema, and what may go out without an envelope. */
import { AmqpError } from "../../../amqp-client/errors.ts";
import { ConfigurationError } from "../../../service/errors.ts";
import { isStandardSchema } from "../../../service/standard-schema.ts";
import { validate } from "../../../service/validate.ts";
import { schemaCheck } from "../contracts/schema-check.ts";

/** The output is ignored: the handling side transforms the data. */
export function checkOutgoingData(schema: unknown, data: unknown, routingKey: string): unknown {
  if (isStandardSchema(schema))
    return validate(schema, data, `The data to publish with the routing key ${JSON.stringify(routingKey)}`);
  throw new ConfigurationError(`The option schema of amqpPublish() must be ${schemaCheck.expected}.`);
}

/** @throws ERR_AMQP_PAYLOAD for data that is not a string and not bytes */
export function asPayload(data: unknown): string | Uint8Array {
  if (typeof data === "string" || data instanceof Uint8Array) return data;
  throw new AmqpError(
    "ERR_AMQP_PAYLOAD",
    `Without an envelope only a string or bytes can be published, not ${data === null ? "null" : typeof data}. Give the service a messageEnvelope such as JsonBase, or convert the data to a string.`,
  );
}
