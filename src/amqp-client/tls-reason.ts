/** Whether a connection failed because one side speaks TLS and the other does not: Node gives OpenSSL's message, or no reason. */
import { memberOf, textOf } from "../errors.ts";
import { endedSilently } from "./session/session-errors.ts";

/** The peer's first bytes were no TLS record: RabbitMQ answers a TLS greeting with its AMQP header. */
const notTls = /wrong version number|packet length too long|WRONG_VERSION_NUMBER|unknown protocol|http request/i;
/** Node's own words for an end in the middle of the handshake. */
const endedEarly = /before secure TLS connection was established/i;

/** Replaces the reason; undefined if the reason is clear, such as one about a certificate. */
export function tlsHint(error: unknown, usesTls: boolean): string | undefined {
  const message = textOf(memberOf(error, "message"));
  const silent = message.includes(endedSilently);
  if (!usesTls) {
    return silent ? `${endedSilently}; a TLS port does this: use amqps:// for it (RabbitMQ's is 5671)` : undefined;
  }
  if (notTls.test(`${textOf(memberOf(error, "code"))} ${message}`)) {
    return "it does not answer in TLS: use amqp:// for a plain port (RabbitMQ's is 5672), or the port of TLS (5671)";
  }
  if (silent || endedEarly.test(message)) {
    return "it ended the connection before TLS was agreed on: use amqp:// for a plain port (RabbitMQ's is 5672), or the TLS port (5671)";
  }
  return undefined;
}
