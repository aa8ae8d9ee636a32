/** Names a peer that is not an AMQP broker by the first bytes it sends. */
import { replyCode } from "../../amqp-wire/constants.ts";
import { FrameError } from "../../amqp-wire/errors.ts";

/** Throws FrameError when the first bytes of a peer are another protocol's. */
export function refuseOtherProtocols(first: Buffer): void {
  const peer = describePeer(first);
  if (peer !== undefined) throw new FrameError(replyCode.frameError, peer);
}

/** A clause for an error; undefined when the bytes may be AMQP 0-9-1. */
function describePeer(first: Buffer): string | undefined {
  const text = first.toString("latin1", 0, 8);
  if (text.startsWith("HTTP/")) return "it answers in HTTP: check host and port (RabbitMQ's AMQP port is 5672)";
  if (text.startsWith("AMQP")) {
    // The version that a broker wants instead (AMQP 0-9-1, 4.2.2).
    const version = [...first.subarray(4, 8)].join(".");
    return `it refuses AMQP 0-9-1 and offers its header with the version ${version}`;
  }
  // A TLS record (RFC 8446, 5.1): an alert or a handshake of any version.
  if ((first[0] === 0x15 || first[0] === 0x16) && (first[1] === undefined || first[1] === 3)) {
    return "it answers in TLS: use amqps:// and its port (RabbitMQ's is 5671)";
  }
  return undefined;
}
