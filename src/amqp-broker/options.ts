/** The options of an embedded broker, and their defaults. */
import type { Logger } from "../log/logger.ts";
import { createSafeLogger } from "../log/safe-logger.ts";
import {
  type FieldCheck,
  fieldProblems,
  integer,
  nonEmptyText,
  oneOf,
  record,
  text,
  texts,
} from "../util/check-fields.ts";
import { type Clock, systemClock } from "../util/clock.ts";
import { BrokerError } from "./errors.ts";
import { type BrokerProfile, type BrokerVersion, brokerVersions, profileOf } from "./profile.ts";
import type { ServerQueueType } from "./queue-arguments.ts";

/** A login. */
export interface BrokerUser {
  readonly name: string;
  readonly password: string;
}

export interface BrokerOptions {
  /** 0 takes any free port. @default 0 */
  readonly port?: number;
  /** The address to listen on. Every client that reaches the broker can use it, so leave it on loopback. @default "127.0.0.1" */
  readonly host?: string;
  /** Users who may log in, with every permission until `setPermissions` changes that. @default guest with the password guest */
  readonly users?: readonly BrokerUser[];
  /** Besides "/". */
  readonly virtualHosts?: readonly string[];
  /**
   * The release of RabbitMQ whose behaviour and words it has: "3.10", "3.13", "4.0" or "4.3".
   * @default "4.3"
   */
  readonly version?: BrokerVersion;
  /** Drives TTLs, expiry and the consumer timeout; not heartbeats. @default the system's */
  readonly clock?: Clock;
  /** Bytes of the largest frame, proposed to each client; at least 8192 (before 4.3: 4096). @default 131072 */
  readonly frameMax?: number;
  /** Channels of one connection. @default 2047 */
  readonly channelMax?: number;
  /** Proposed to each client; 0 turns heartbeats off. @default 60 */
  readonly heartbeatSeconds?: number;
  /** Largest body of a message. @default 16 MiB, as RabbitMQ 4; 128 MiB as RabbitMQ 3 */
  readonly maxMessageBytes?: number;
  /**
   * Seconds for which a consumer may hold a delivery of a quorum queue without an acknowledgement; 0 is forever. Then the queue
   * takes the message back and the consumer is cancelled. `x-consumer-timeout` of the queue or the consumer comes first.
   * @default 1800
   */
  readonly consumerTimeoutSeconds?: number;
  /** Logs what the broker refuses at debug, and clients with another protocol at warn. */
  readonly logger?: Logger;
}

export interface VirtualHostOptions {
  /**
   * Of a queue that is declared without `x-queue-type`. One that cannot be a quorum queue (not durable, exclusive, deleted
   * automatically) is a classic one all the same.
   * @default "classic"
   */
  readonly defaultQueueType?: ServerQueueType;
}

/** @throws BrokerError ERR_BROKER_OPTIONS */
export function checkVirtualHostOptions(options: VirtualHostOptions): void {
  const problems = fieldProblems(options, "addVirtualHost()", { defaultQueueType: oneOf("classic", "quorum") });
  if (problems.length > 0) throw new BrokerError("ERR_BROKER_OPTIONS", problems.join(" "));
}

/** What the broker proposes to each client in connection.tune. @internal */
export interface TuneProposal {
  readonly frameMax: number;
  readonly channelMax: number;
  readonly heartbeatSeconds: number;
}

/** The limits of each channel. @internal */
export interface ChannelLimits {
  readonly maxMessageBytes: number;
  /** 0 is forever. */
  readonly consumerTimeoutSeconds: number;
}

/** @internal */
export interface ResolvedBrokerOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly users: readonly BrokerUser[];
  readonly virtualHosts: readonly string[];
  readonly clock: Clock;
  readonly tune: TuneProposal;
  readonly limits: ChannelLimits;
  readonly profile: BrokerProfile;
  readonly logger: Logger | undefined;
}

const checks = {
  port: integer(0, 65_535),
  version: oneOf(...brokerVersions),
  host: nonEmptyText,
  users: list("a list of { name, password }"),
  virtualHosts: texts,
  clock: record(),
  frameMax: integer(4096, 2 ** 31 - 1),
  channelMax: integer(1, 65_535),
  heartbeatSeconds: integer(0, 65_535),
  maxMessageBytes: integer(1, 2 ** 29),
  consumerTimeoutSeconds: integer(0),
  logger: record(),
};

/**
 * Completes the options.
 * @throws BrokerError ERR_BROKER_OPTIONS, with every wrong field
 * @internal
 */
export function resolveBrokerOptions(options: BrokerOptions): ResolvedBrokerOptions {
  const problems = fieldProblems(options, "startBroker()", checks);
  const profile = profileOf(problems.length > 0 ? undefined : options.version);
  const { frameMax = 131_072 } = options;
  if (problems.length === 0 && frameMax < profile.leastFrameMax) {
    problems.push(
      `startBroker().frameMax must be at least ${profile.leastFrameMax}, as in RabbitMQ ${profile.version}, but ${frameMax} was given.`,
    );
  }
  if (problems.length > 0) throw new BrokerError("ERR_BROKER_OPTIONS", problems.join(" "));
  return Object.freeze({
    listen: { host: options.host ?? "127.0.0.1", port: options.port ?? 0 },
    users: options.users ?? [{ name: "guest", password: "guest" }],
    virtualHosts: ["/", ...(options.virtualHosts ?? [])],
    clock: options.clock ?? systemClock,
    tune: { frameMax, channelMax: options.channelMax ?? 2047, heartbeatSeconds: options.heartbeatSeconds ?? 60 },
    limits: {
      maxMessageBytes: options.maxMessageBytes ?? profile.maxMessageBytes,
      consumerTimeoutSeconds: options.consumerTimeoutSeconds ?? 1800,
    },
    profile,
    logger: options.logger && createSafeLogger(options.logger),
  });
}

function list(expected: string): FieldCheck {
  return { expected, fits: (value) => Array.isArray(value) && value.every(isUser), secret: true };
}

function isUser(value: unknown): boolean {
  // A field that is undefined counts as not given, and these two have to be.
  const { name, password } = { ...(value as Partial<BrokerUser> | null) };
  if (name === undefined || password === undefined) return false;
  return fieldProblems(value, "", { name: nonEmptyText, password: text }).length === 0;
}
