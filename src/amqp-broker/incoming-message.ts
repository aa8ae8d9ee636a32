/** Makes a message of what a client has published, and refuses what RabbitMQ refuses in its properties. */
import { replyCode } from "../amqp-wire/constants.ts";
import type { Content } from "../amqp-wire/content.ts";
import { decodeProperties } from "../amqp-wire/properties.ts";
import { type ScannedProperties, scanProperties } from "../amqp-wire/scan-properties.ts";
import type { ChannelScope } from "./channel-scope.ts";
import { contentOf } from "./content-of.ts";
import { deathsIn } from "./dead-letter.ts";
import { channelError } from "./errors.ts";
import { parseExpiration } from "./expiration.ts";
import { Message } from "./message.ts";
import { replyQueueName } from "./reply-consumers.ts";
import { otherKeysIn } from "./sender-selected.ts";

export interface PublishedContent {
  readonly exchange: string;
  readonly routingKey: string;
  readonly content: Content;
  /** Of the channel's reply consumer. */
  readonly replyKey: string | undefined;
}

/** @throws a channel error, PRECONDITION_FAILED */
export function incomingMessage(
  { exchange, routingKey, content, replyKey }: PublishedContent,
  scope: ChannelScope,
): Message {
  const scanned = scanProperties(content.properties);
  const { headers, expiration, priority } = scanned;
  checkUser(scanned, scope.host.user);
  const expirationMs = expiration === undefined ? undefined : parseExpiration(expiration);
  const keys = headers && otherKeysIn(headers);
  return new Message({
    exchange,
    routingKey,
    otherKeys: keys?.all,
    content: rewritten(content, scanned, keys?.hidden ?? false, replyKey),
    priority,
    expirationMs,
    // Until RabbitMQ 3.13 a client's own x-death counts as the broker's.
    deaths: headers && scope.virtualHost.profile.believesDeaths ? deathsIn(headers) : undefined,
  });
}

function checkUser({ userId }: ScannedProperties, user: string): void {
  if (userId === undefined || userId === user) return;
  const text = `user_id property set to '${userId}' but authenticated user was '${user}'`;
  throw channelError(replyCode.preconditionFailed, text);
}

/** Without BCC, and with the true key to reply to. */
function rewritten(
  content: Content,
  { replyTo }: ScannedProperties,
  hidden: boolean,
  replyKey: string | undefined,
): Content {
  const direct = replyTo === replyQueueName;
  if (direct && replyKey === undefined) {
    throw channelError(replyCode.preconditionFailed, "fast reply consumer does not exist");
  }
  if (!(hidden || direct)) return content;
  const properties = decodeProperties(content.properties);
  const headers = new Map(properties.headers ?? []);
  headers.delete("BCC");
  const change = { ...(hidden && { headers }), ...(direct && replyKey !== undefined && { replyTo: replyKey }) };
  return contentOf({ ...properties, ...change }, content.body);
}
