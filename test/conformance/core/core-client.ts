// What the core cases need from a client library, in neutral words: two libraries implement this contract.

/** One connection with one channel in confirm mode. */
export interface CoreClient {
  declareQueue(queue: string, options?: { readonly exclusive?: boolean }): Promise<QueueCounts>;
  /** Rejects when the queue does not exist. */
  checkQueue(queue: string): Promise<QueueCounts>;
  /** Resolves with the number of messages that went with it. */
  deleteQueue(queue: string): Promise<number>;
  declareExchange(exchange: string, type: "direct" | "fanout" | "topic" | "headers"): Promise<void>;
  bind(queue: string, exchange: string, routingKey: string): Promise<void>;
  unbind(queue: string, exchange: string, routingKey: string): Promise<void>;
  prefetch(count: number): Promise<void>;
  /** Resolves once the broker has confirmed; rejects when it refused. */
  publish(message: CoreMessage): Promise<void>;
  /** Resolves with the consumer tag. */
  consume(queue: string, onDelivery: (delivery: CoreDelivery) => void): Promise<string>;
  cancel(consumerTag: string): Promise<void>;
  get(queue: string): Promise<CoreDelivery | undefined>;
  ack(delivery: CoreDelivery, multiple?: boolean): void;
  nack(delivery: CoreDelivery, requeue: boolean): void;
  /** What came back, in order. */
  readonly returned: readonly CoreReturn[];
  /** Does what the broker refuses by closing the channel; resolves with its words. Afterwards there is a new channel. */
  refusal(act: () => unknown): Promise<string>;
  close(): Promise<void>;
}

export interface QueueCounts {
  readonly messages: number;
  readonly consumers: number;
}

export interface CoreMessage {
  readonly exchange?: string;
  readonly routingKey: string;
  readonly body?: Buffer;
  readonly mandatory?: boolean;
  readonly properties?: CoreProperties;
}

/** The properties that both libraries name the same. */
export interface CoreProperties {
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly persistent?: boolean;
  readonly priority?: number;
  readonly correlationId?: string;
  readonly replyTo?: string;
  readonly expiration?: string;
  readonly messageId?: string;
  /** Seconds. */
  readonly timestamp?: number;
  readonly type?: string;
  readonly userId?: string;
  readonly appId?: string;
}

export interface CoreDelivery {
  readonly deliveryTag: number;
  readonly redelivered: boolean;
  readonly exchange: string;
  readonly routingKey: string;
  /** How many are left behind a message that was asked for by get. */
  readonly messageCount?: number;
  readonly properties: CoreProperties;
  readonly body: Buffer;
}

export interface CoreReturn {
  readonly replyCode: number;
  readonly replyText: string;
  readonly exchange: string;
  readonly routingKey: string;
  readonly properties: CoreProperties;
  readonly body: Buffer;
}

/** Connects with one of the libraries. */
export type ConnectCore = (url: string) => Promise<CoreClient>;
