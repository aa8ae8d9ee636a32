/** The handshake from an open socket to an open virtual host (AMQP 0-9-1, 2.2.4): the order of methods, and what both sides agree on. */
import { frameMinSize, replyCode } from "../../amqp-wire/constants.ts";
import { FrameError } from "../../amqp-wire/errors.ts";
import type { Method, MethodFields } from "../../amqp-wire/methods.ts";
import { AmqpConnectionError } from "../errors.ts";
import { clientProperties } from "./client-properties.ts";
import { plainTable } from "./plain-table.ts";
import { closedByBroker } from "./session-errors.ts";

export interface HandshakeSettings {
  readonly username: string;
  readonly password: string;
  /** EXTERNAL takes the identity from the client's TLS certificate; the user name is empty then. @default "PLAIN" */
  readonly mechanism?: "PLAIN" | "EXTERNAL" | undefined;
  readonly virtualHost: string;
  /** Shown by the broker beside the connection. */
  readonly connectionName: string;
  readonly clientVersion: string;
  /** Seconds; 0 is off. */
  readonly heartbeat: number;
}

/** What both peers agreed on. */
export interface Agreement {
  readonly serverProperties: Readonly<Record<string, unknown>>;
  /** Bytes of the largest frame. */
  readonly frameMax: number;
  /** The highest channel number. */
  readonly channelMax: number;
  readonly heartbeatSeconds: number;
}

/** Frames that we take and send when the broker does not say less: RabbitMQ's own default. */
export const ownFrameMax = 131_072;
/** Channels when the broker does not say less: RabbitMQ's own default. */
const ownChannelMax = 2047;

type Step = "connection.start" | "connection.tune" | "connection.open-ok";

export class Handshake {
  readonly #settings: HandshakeSettings;
  #step: Step = "connection.start";
  #serverProperties: Readonly<Record<string, unknown>> = {};
  #agreement: Agreement | undefined;

  constructor(settings: HandshakeSettings) {
    this.#settings = settings;
  }

  /** The method that is waited for. */
  get step(): Step {
    return this.#step;
  }

  /** There once `connection.open-ok` came. */
  get agreement(): Agreement | undefined {
    return this.#step === "connection.open-ok" ? this.#agreement : undefined;
  }

  /**
   * Takes a method of channel 0; the result is what to send. `done` after open-ok. Throws FrameError for a method that does not
   * belong here, and AmqpConnectionError for a `connection.close`, which has the broker's code.
   */
  take(method: Method): readonly Method[] | "done" {
    if (method.name === "connection.close") throw closedByBroker(method);
    if (method.name === "connection.secure") throw this.#asksForMore();
    if (method.name !== this.#step) {
      throw new FrameError(replyCode.commandInvalid, `${method.name} arrived, but ${this.#step} was expected`);
    }
    switch (method.name) {
      case "connection.start":
        return this.#startOk(method);
      case "connection.tune":
        return this.#tuneOk(method);
      default:
        return "done";
    }
  }

  #startOk(start: MethodFields<"connection.start">): readonly Method[] {
    const { username, password, mechanism = "PLAIN", connectionName, clientVersion } = this.#settings;
    if (start.versionMajor !== 0 || start.versionMinor !== 9) {
      const version = `${start.versionMajor}-${start.versionMinor}`;
      throw new FrameError(replyCode.notImplemented, `it speaks AMQP ${version}, but this client speaks 0-9-1`);
    }
    const offered = start.mechanisms.toString("latin1").split(" ");
    if (!offered.includes(mechanism)) throw noMechanism(mechanism, offered);
    this.#serverProperties = plainTable(start.serverProperties);
    this.#step = "connection.tune";
    const response = mechanism === "PLAIN" ? `\0${username}\0${password}` : username;
    return [
      {
        name: "connection.start-ok",
        clientProperties: clientProperties(connectionName, clientVersion),
        mechanism,
        response: Buffer.from(response, "utf8"),
        locale: "en_US",
      },
    ];
  }

  #tuneOk(tune: MethodFields<"connection.tune">): readonly Method[] {
    const { heartbeat, virtualHost } = this.#settings;
    // 0 is "no limit" for both (1.4.2.5). A frame_max below the protocol's smallest would not even hold the methods to come.
    const frameMax = Math.max(frameMinSize, Math.min(tune.frameMax || ownFrameMax, ownFrameMax));
    const channelMax = Math.min(tune.channelMax || ownChannelMax, ownChannelMax);
    // 0 is off, if neither side wants less: a broker's 0 leaves the choice to us.
    const heartbeatSeconds = heartbeat === 0 ? 0 : Math.min(tune.heartbeat || heartbeat, heartbeat);
    this.#agreement = { serverProperties: this.#serverProperties, frameMax, channelMax, heartbeatSeconds };
    this.#step = "connection.open-ok";
    return [
      { name: "connection.tune-ok", channelMax, frameMax, heartbeat: heartbeatSeconds },
      { name: "connection.open", virtualHost },
    ];
  }

  #asksForMore(): AmqpConnectionError {
    const { mechanism = "PLAIN" } = this.#settings;
    return new AmqpConnectionError(
      "ERR_AMQP_PROTOCOL",
      `The broker sent a challenge that ${mechanism} does not answer (connection.secure). Enable PLAIN or EXTERNAL in the broker.`,
    );
  }
}

function noMechanism(mechanism: string, offered: readonly string[]): AmqpConnectionError {
  return new AmqpConnectionError(
    "ERR_AMQP_PROTOCOL",
    `The broker does not offer the login mechanism ${mechanism}. It offers ${offered.join(", ").slice(0, 200)}. Enable ${mechanism} there (auth_mechanisms in rabbitmq.conf).`,
  );
}
