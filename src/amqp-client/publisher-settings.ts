/** The settings of a publisher. */
import type { Logger } from "../log/logger.ts";
import type { AmqpConnection } from "./connection.ts";

export interface PublisherSettings {
  readonly connection: AmqpConnection;
  readonly logger: Logger;
  readonly maxUnconfirmedMessages: number;
  readonly maxUnconfirmedBytes: number;
  /** How long a publish may take in all: connection, room and confirm. */
  readonly publishTimeoutSeconds: number;
  /** Publish again what was sent when the link broke before the confirm. */
  readonly republishUnknown: boolean;
  readonly maxMessageBytes: number;
  /**
   * Declares again what this process declared: after the connection was lost, before anything is published, for a broker that
   * came back empty would drop it; and when a trusted exchange was deleted. When it fails, publishes are sent nevertheless.
   */
  declareAgain?(): Promise<void>;
  /** Look for an exchange before the first publish to it. @default true */
  readonly looksForExchanges?: boolean | undefined;
}
