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

/** The login of a client. */
export interface BrokerUser {
  /** The user name. */
  readonly name: string;
  /** The password, in plain text. */
  readonly password: string;
}

/** The options of `startBroker()`. */
export interface BrokerOptions {
  /** The port to listen on. 0 is any free port. @default 0 */
  readonly port?: number;
  /** The address to listen on. Every client that reaches the broker can use it, so keep it on loopback. @default "127.0.0.1" */
  readonly host?: string;
  /** Users who may log in. They have every permission until `setPermissions` changes that. @default guest with the password guest */
  readonly users?: readonly BrokerUser[];
  /** Further virtual hosts. The virtual host "/" always exists. @default none */
  readonly virtualHosts?: readonly string[];
  /**
   * The release of RabbitMQ that it imitates, in behaviour and in the text of errors: "3.10", "3.13", "4.0" or "4.3".
   * @default "4.3"
   */
  readonly version?: BrokerVersion;
  /** The clock for TTLs, expiry of queues and the consumer timeout. Heartbeats always use real time. @default the system's clock */
  readonly clock?: Clock;
  /** The largest frame in bytes, which it proposes to each client. At least 8192, or 4096 for a version before 4.3. @default 131072 */
  readonly frameMax?: number;
  /** The largest number of channels on one connection. @default 2047 */
  readonly channelMax?: number;
  /** The heartbeat in seconds, which it proposes to each client. 0 turns heartbeats off. @default 60 */
  readonly heartbeatSeconds?: number;
  /** The largest body of a message, in bytes. @default 16 MiB as in RabbitMQ 4, 128 MiB as in RabbitMQ 3 */
  readonly maxMessageBytes?: number;
  /**
   * How many seconds a consumer may hold a delivery of a quorum queue without an acknowledgement. After that the broker takes the message
   * back and cancels the consumer. 0 means no limit. `x-consumer-timeout` of the queue or of the consumer overrides it.
   * @default 1800
   */
  readonly consumerTimeoutSeconds?: number;
  /** Receives what the broker refuses (level debug), and clients that speak another protocol (level warn). @default none */
  readonly logger?: Logger;
}

/** The options of a virtual host. */
export interface VirtualHostOptions {
  /**
   * The type of queues that are declared without `x-queue-type`. A queue that cannot be a quorum queue (not durable, exclusive or
   * auto-delete) is a classic queue in any case.
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
  /** In seconds; 0 means no limit. */
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
 * Fills in the defaults.
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
  // A field with the value undefined counts as not given, and both fields are required.
  const { name, password } = { ...(value as Partial<BrokerUser> | null) };
  if (name === undefined || password === undefined) return false;
  return fieldProblems(value, "", { name: nonEmptyText, password: text }).length === 0;
}
