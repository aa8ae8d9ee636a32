/** The server's half of the handshake: start, tune, open (AMQP 0-9-1, 2.2.4), and which users may log in. */
import { ByteReader } from "../amqp-wire/byte-reader.ts";
import { replyCode } from "../amqp-wire/constants.ts";
import { type FieldTable, type FieldValue, fieldText, longString, readTable } from "../amqp-wire/field-table.ts";
import type { Method, MethodFields } from "../amqp-wire/methods.ts";
import type { Access } from "./access.ts";
import { connectionError } from "./errors.ts";
import type { ResolvedBrokerOptions } from "./options.ts";
import type { VirtualHost } from "./virtual-host.ts";

/** What a handshake needs of the broker. */
export interface ServerHandshakeHost {
  readonly options: ResolvedBrokerOptions;
  readonly access: Access;
  readonly serverProperties: FieldTable;
  virtualHost(name: string): VirtualHost | undefined;
}

/** What client and server agreed on. */
export interface ServerAgreement {
  readonly user: string;
  readonly virtualHost: VirtualHost;
  readonly clientProperties: FieldTable;
  readonly frameMax: number;
  readonly channelMax: number;
}

/**
 * The handshake fails. Only a client that supports it gets an error for a refused login; for others the connection ends, as
 * with RabbitMQ.
 */
export class HandshakeRefused {
  readonly told: boolean;
  readonly text: string;

  constructor(told: boolean, text: string) {
    this.told = told;
    this.text = text;
  }
}

/** What follows from a method of the client. */
export interface HandshakeStep {
  readonly reply?: Method;
  readonly heartbeatSeconds?: number;
  readonly agreement?: ServerAgreement;
}

type Step = "start-ok" | "tune-ok" | "open";

export class ServerHandshake {
  readonly #host: ServerHandshakeHost;
  #step: Step = "start-ok";
  #user = "";
  #clientProperties: FieldTable = new Map();
  #tuned = { channelMax: 0, frameMax: 0 };

  constructor(host: ServerHandshakeHost) {
    this.#host = host;
  }

  get start(): Method {
    return {
      name: "connection.start",
      versionMajor: 0,
      versionMinor: 9,
      serverProperties: this.#host.serverProperties,
      mechanisms: Buffer.from("PLAIN AMQPLAIN"),
      locales: Buffer.from("en_US"),
    };
  }

  /**
   * Handles a method of the client: returns the answer, and the agreement when it was the last. Heartbeats begin with tune-ok, not
   * only when the virtual host is open, as with RabbitMQ.
   * @throws HandshakeRefused, or a connection error
   */
  next(method: Method): HandshakeStep {
    if (this.#step === "start-ok" && method.name === "connection.start-ok") return { reply: this.#login(method) };
    if (this.#step === "tune-ok" && method.name === "connection.tune-ok") {
      this.#tune(method);
      this.#step = "open";
      return { heartbeatSeconds: method.heartbeat };
    }
    if (this.#step === "open" && method.name === "connection.open") {
      return { agreement: this.#open(method.virtualHost), reply: { name: "connection.open-ok" } };
    }
    throw connectionError(replyCode.commandInvalid, `expected connection.${this.#step}, got ${method.name}`);
  }

  #login({ mechanism, response, clientProperties }: MethodFields<"connection.start-ok">): Method {
    const told = capability(clientProperties, "authentication_failure_close");
    this.#clientProperties = clientProperties;
    const login = readLogin(mechanism, response);
    if (!login) {
      throw new HandshakeRefused(told, `unknown or garbled response to the authentication mechanism ${mechanism}`);
    }
    if (!this.#host.access.knows(login.user, login.password)) {
      const text = `Login was refused using authentication mechanism ${mechanism}. For details see the broker logfile.`;
      throw new HandshakeRefused(told, text);
    }
    this.#user = login.user;
    this.#step = "tune-ok";
    const { frameMax, channelMax, heartbeatSeconds } = this.#host.options.tune;
    return { name: "connection.tune", channelMax, frameMax, heartbeat: heartbeatSeconds };
  }

  /** No limit at all is more than was proposed. */
  #tune({ channelMax, frameMax }: MethodFields<"connection.tune-ok">): void {
    const { tune, profile } = this.#host.options;
    checkTuned("frame_max", frameMax, profile.leastFrameMax, tune.frameMax);
    checkTuned("channel_max", channelMax, 1, tune.channelMax);
    this.#tuned = { channelMax, frameMax };
  }

  #open(name: string): ServerAgreement {
    const virtualHost = this.#host.virtualHost(name);
    if (!virtualHost) throw connectionError(replyCode.notAllowed, `vhost ${name} not found`);
    const user = this.#user;
    if (!this.#host.access.mayEnter(user, name)) {
      throw connectionError(replyCode.notAllowed, `access to vhost '${name}' refused for user '${user}'`);
    }
    const { frameMax, channelMax } = this.#tuned;
    const clientProperties = this.#clientProperties;
    return { user, virtualHost, clientProperties, frameMax, channelMax };
  }
}

/** Whether the client says that it understands something. */
export function capability(clientProperties: FieldTable, name: string): boolean {
  const capabilities = clientProperties.get("capabilities");
  if (capabilities?.type !== "F") return false;
  const value = capabilities.value.get(name);
  return value?.type === "t" && value.value;
}

/** As the client calls itself, if it does. */
export function clientNameIn(clientProperties: FieldTable): string | undefined {
  return fieldText(clientProperties.get("connection_name"));
}

/** The properties that the broker sends. */
export function serverPropertiesOf(fields: Readonly<Record<string, string>>): FieldTable {
  const yes = { type: "t", value: true } as const;
  const capabilities = [
    "publisher_confirms",
    "exchange_exchange_bindings",
    "basic.nack",
    "consumer_cancel_notify",
    "connection.blocked",
    "consumer_priorities",
    "authentication_failure_close",
    "per_consumer_qos",
    "direct_reply_to",
  ].map((name): [string, FieldValue] => [name, yes]);
  const texts = Object.entries(fields).map(([name, text]): [string, FieldValue] => [name, longString(text)]);
  return new Map<string, FieldValue>([["capabilities", { type: "F", value: new Map(capabilities) }], ...texts]);
}

function checkTuned(field: string, asked: number, least: number, proposed: number): void {
  if (asked >= least && asked <= proposed) return;
  throw new HandshakeRefused(false, `${field} ${asked} is not between ${least} and ${proposed}`);
}

interface Login {
  readonly user: string;
  readonly password: string;
}

/** Undefined when there is no such mechanism, or the response does not belong to it. */
function readLogin(mechanism: string, response: Buffer): Login | undefined {
  if (mechanism === "PLAIN") {
    const [, user, password, ...rest] = response.toString().split("\0");
    return user === undefined || password === undefined || rest.length > 0 ? undefined : { user, password };
  }
  if (mechanism !== "AMQPLAIN") return undefined;
  const table = readTable(new ByteReader(withLength(response)));
  const user = fieldText(table.get("LOGIN"));
  const password = fieldText(table.get("PASSWORD"));
  return user === undefined || password === undefined ? undefined : { user, password };
}

/** AMQPLAIN sends a table without the length before it. */
function withLength(entries: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(entries.length);
  return Buffer.concat([length, entries]);
}
