/** Why a connection with TLS failed, and what to do: Node gives OpenSSL's message, or no reason. */
import { hasCode, memberOf, textMemberOf, textOf } from "../errors.ts";
import { endedSilently } from "./session/session-errors.ts";

/** The peer's first bytes were no TLS record: RabbitMQ answers a TLS greeting with its AMQP header. */
const notTls = /wrong version number|packet length too long|WRONG_VERSION_NUMBER|unknown protocol|http request/i;
/** Node's own words for an end in the middle of the handshake. */
const endedEarly = /before secure TLS connection was established/i;

/** OpenSSL's codes for a chain that does not lead to a known authority. */
const untrusted: ReadonlySet<string> = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);
const longestNames = 200;

/** Whether a certificate was refused, by this side or by the broker. A broker that is started again has the same one. */
export function isCertificateProblem(error: unknown): boolean {
  return certificateHint(error, "") !== undefined;
}

/** `ended` is what the session ended with; the error of the socket is its cause. `path` leads to `tls`. */
function certificateHint(ended: unknown, path: string): string | undefined {
  const error = memberOf(ended, "cause");
  const code = textMemberOf(error, "code") ?? "";
  const message = textOf(memberOf(error, "message"));
  if (untrusted.has(code)) {
    return `its certificate is not trusted: ${message}; set ${path}.tls.ca to the certificate of the authority that signed it`;
  }
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") {
    return `${message}; renew the certificate of the broker, or correct the clock of this machine`;
  }
  if (hasCode(error, "ERR_TLS_CERT_ALTNAME_INVALID")) {
    const names = textMemberOf(memberOf(error, "cert"), "subjectaltname") ?? "no name";
    const host = textOf(memberOf(error, "host"));
    return `its certificate does not match the name "${host}": it is for ${names.slice(0, longestNames)}; connect by that name, or set ${path}.tls.servername to it`;
  }
  if (/alert certificate required/i.test(message)) {
    return `it requires a client certificate; set ${path}.tls.cert and ${path}.tls.key`;
  }
  if (/alert unknown ca/i.test(message)) {
    return `it does not trust the client certificate; use one of an authority that the broker knows (ssl_options.cacertfile)`;
  }
  return undefined;
}

/** Replaces the reason; undefined if the reason is clear. `path` leads to `tls`. */
export function tlsHint(error: unknown, usesTls: boolean, path: string): string | undefined {
  const message = textOf(memberOf(error, "message"));
  const silent = message.includes(endedSilently);
  if (!usesTls) {
    return silent ? `${endedSilently}; a TLS port does this: use amqps:// for it (RabbitMQ's is 5671)` : undefined;
  }
  const certificate = certificateHint(error, path);
  if (certificate !== undefined) return certificate;
  if (notTls.test(`${textOf(memberOf(error, "code"))} ${message}`)) {
    return "it does not answer in TLS: use amqp:// for a plain port (RabbitMQ's is 5672), or the port of TLS (5671)";
  }
  if (silent) {
    return `${endedSilently}, after TLS was agreed on: it may require a client certificate (${path}.tls.cert), or be a proxy whose broker does not run`;
  }
  if (endedEarly.test(message)) {
    return "it closed the connection during the TLS handshake: use amqp:// for a plain port (RabbitMQ's is 5672), or the TLS port (5671)";
  }
  return undefined;
}
