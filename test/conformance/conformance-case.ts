// What a conformance case is and what it gets: one list of cases, run against each broker.
import type { Channel, ChannelModel, ConfirmChannel } from "amqplib";

/** One thing that a broker does, checked by plain AMQP. Fails by throwing. */
export interface ConformanceCase {
  /** A sentence of behaviour, unique in its area: "drops the oldest message when the queue is full". */
  readonly title: string;
  run(context: CaseContext): Promise<void>;
}

/** Cases of one subject: `test/conformance/cases/<area>.ts` exports one. */
export interface ConformanceArea {
  readonly name: string;
  readonly cases: readonly ConformanceCase[];
}

/** What a case may use. Connections it opens are closed, and what it named is deleted, when it has ended. */
export interface CaseContext {
  /** Of a virtual host that is empty except for the predeclared exchanges; cases of one area share it. */
  readonly url: string;
  readonly broker: BrokerAdmin;
  /** A name that no other case uses. */
  uniqueName(prefix?: string): string;
  connect(options?: ConnectOptions): Promise<ForeignClient>;
}

export interface ConnectOptions {
  readonly url?: string;
  /** What amqplib takes as client properties and the like. */
  readonly socketOptions?: Record<string, unknown>;
}

/** A connection through amqplib that keeps what went wrong on it. */
export interface ForeignClient {
  readonly connection: ChannelModel;
  /** Every error and close that the broker sent, in order: of the connection and of its channels. */
  readonly errors: readonly ReplyError[];
  channel(): Promise<Channel>;
  confirmChannel(): Promise<ConfirmChannel>;
  close(): Promise<void>;
}

/** A reply code with the broker's words. */
export interface ReplyError {
  readonly scope: "connection" | "channel";
  readonly code: number;
  readonly text: string;
}

/** What an operator can do to the broker: rabbitmqctl on one, methods of the embedded broker on the other. */
export interface BrokerAdmin {
  readonly kind: "embedded" | "rabbitmq";
  /** "4.1.2", "3.10.8"; the version whose behaviour the embedded broker follows. */
  readonly version: string;
  /** Closes every connection of the virtual host with CONNECTION_FORCED. */
  closeConnections(reason: string): Promise<void>;
  /** Raises or ends an alarm of the whole broker: connections that publish are blocked, with the reason "low on ...". */
  setAlarm(on: boolean): Promise<void>;
  /** Of the case's virtual host, which the next case shares: set it back to "classic". RabbitMQ has it since 4.0. */
  setDefaultQueueType(type: "classic" | "quorum"): Promise<void>;
  addUser(user: { readonly name: string; readonly password: string }): Promise<void>;
  removeUser(name: string): Promise<void>;
  /** Regular expressions, as rabbitmqctl set_permissions takes them, for the virtual host of the case. */
  setPermissions(user: string, permissions: Permissions): Promise<void>;
  /** Takes the user's right to the virtual host away. */
  clearPermissions(user: string): Promise<void>;
}

export interface Permissions {
  readonly configure: string;
  readonly write: string;
  readonly read: string;
}
