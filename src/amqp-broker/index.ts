/**
 * The embedded broker: real AMQP 0-9-1 on a loopback socket, in memory, for development and tests only.
 *
 * @module tomodachi/broker
 */
export type { Clock } from "../util/clock.ts";
export type { BrokerPermissions } from "./access.ts";
export { type Broker, type ConnectionFilter, startBroker } from "./broker.ts";
export { BrokerError } from "./errors.ts";
export type { BrokerOptions, BrokerUser, VirtualHostOptions } from "./options.ts";
export type {
  BrokerOverview,
  BrokerTotals,
  ConnectionOverview,
  ExchangeOverview,
  QueueOverview,
} from "./overview.ts";
export type { BrokerVersion } from "./profile.ts";
