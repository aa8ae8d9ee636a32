/** basic.publish: what is checked, how a message is made of it, and what the publisher is told. */
import { ByteReader } from "../amqp-wire/byte-reader.ts";
import { replyCode } from "../amqp-wire/constants.ts";
import type { Content } from "../amqp-wire/content.ts";
import { fieldText, readTable } from "../amqp-wire/field-table.ts";
import type { MethodFields } from "../amqp-wire/methods.ts";
import { decodeProperties } from "../amqp-wire/properties.ts";
import { type ScannedProperties, scanProperties } from "../amqp-wire/scan-properties.ts";
import type { ChannelScope } from "./channel-scope.ts";
import { Confirms } from "./confirms.ts";
import { contentOf } from "./content-of.ts";
import { deathsOf } from "./dead-letter.ts";
import { channelError, connectionError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { parseExpiration } from "./expiration.ts";
import { requireExchange } from "./lookup.ts";
import { type Death, Message } from "./message.ts";
import { replyQueueName } from "./reply-consumers.ts";
import { typeName } from "./type-names.ts";

type PublishMethod = MethodFields<"basic.publish">;

export class Publishing {
  readonly #scope: ChannelScope;
  #confirms: Confirms | undefined;
  /** The last key that was published with: equal ones share a string, however many wait in queues. */
  #lastKey = "";

  constructor(scope: ChannelScope) {
    this.#scope = scope;
  }

  get confirming(): boolean {
    return this.#confirms !== undefined;
  }

  select(): void {
    this.#confirms ??= new Confirms(this.#scope);
  }

  /** The channel ends. */
  end(): void {
    this.#confirms?.end();
  }

  /**
   * Checks a publish; the returned function carries it out: at once, or when its transaction is committed.
   * @param replyKey of the channel's reply consumer
   */
  prepare(method: PublishMethod, content: Content, replyKey: string | undefined): () => void {
    const scope = this.#scope;
    const exchange = requireExchange(scope, method.exchange);
    scope.check("write", "exchange", exchange.name);
    if (exchange.settings.internal) {
      const text = `cannot publish to internal exchange '${exchange.name}' in vhost '${scope.virtualHost.name}'`;
      throw channelError(replyCode.accessRefused, text);
    }
    if (method.immediate) throw connectionError(replyCode.notImplemented, "immediate=true");
    const message = this.#message(exchange, method, content, replyKey);
    return () => this.#publish(exchange, message, method.mandatory);
  }

  #publish(exchange: Exchange, message: Message, mandatory: boolean): void {
    const { virtualHost } = this.#scope;
    const replied = exchange.name === "" ? virtualHost.replies.deliver(message) : undefined;
    const published =
      replied === undefined ? virtualHost.publish(exchange, message) : replied ? "stored" : "unroutable";
    if (published === "unroutable" && mandatory) this.#return(message);
    this.#confirms?.settled(published !== "refused");
  }

  #return({ exchange, routingKey, content }: Message): void {
    const { host, number } = this.#scope;
    const reply = { replyCode: replyCode.noRoute, replyText: "NO_ROUTE" };
    host.writer.method(number, { name: "basic.return", ...reply, exchange, routingKey });
    host.writer.content(number, content.header, content.body);
    host.flushSoon();
  }

  #message(exchange: Exchange, method: PublishMethod, content: Content, replyKey: string | undefined): Message {
    const scanned = scanProperties(content.properties);
    this.#checkUser(scanned);
    const expirationMs = scanned.expiration === undefined ? undefined : parseExpiration(scanned.expiration);
    const keys = scanned.headers && keysOf(scanned.headers);
    if (method.routingKey !== this.#lastKey) this.#lastKey = method.routingKey;
    return new Message({
      exchange: exchange.name,
      routingKey: this.#lastKey,
      otherKeys: keys?.all,
      content: rewritten(content, scanned, keys?.hidden ?? false, replyKey),
      priority: scanned.priority,
      expirationMs,
      deaths: this.#believedDeaths(scanned.headers),
    });
  }

  /** Until RabbitMQ 3.13 a client's own x-death counts as the broker's. */
  #believedDeaths(headers: Buffer | undefined): readonly Death[] | undefined {
    if (!headers?.includes("x-death") || !this.#scope.virtualHost.profile.believesDeaths) return undefined;
    return deathsOf(readTable(new ByteReader(headers)));
  }

  #checkUser({ userId }: ScannedProperties): void {
    const { user } = this.#scope.host;
    if (userId === undefined || userId === user) return;
    const text = `user_id property set to '${userId}' but authenticated user was '${user}'`;
    throw channelError(replyCode.preconditionFailed, text);
  }
}

interface OtherKeys {
  readonly all: readonly string[];
  /** Some came in BCC, which nobody may see. */
  readonly hidden: boolean;
}

/** RabbitMQ's sender-selected distribution: more routing keys in the headers CC and BCC. */
function keysOf(headers: Buffer): OtherKeys | undefined {
  // Nearly no message has them, and this is on the way of every publish.
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
