// A connection through amqplib for one case; the broker's errors are kept, not thrown.
import { type Channel, type ChannelModel, type ConfirmChannel, connect } from "amqplib";
import type { ConnectOptions, ForeignClient, ReplyError } from "./conformance-case.ts";

/** Connects. Rejects with amqplib's own error where the broker refuses. */
export async function connectForeignClient(
  url: string,
  socketOptions: ConnectOptions["socketOptions"] = {},
): Promise<AmqplibClient> {
  return new AmqplibClient(await connect(url, { noDelay: true, timeout: 10_000, ...socketOptions }));
}

export class AmqplibClient implements ForeignClient {
  readonly connection: ChannelModel;
  readonly errors: ReplyError[] = [];
  readonly #seen = new WeakSet<Error>();
  #closed = false;

  /** @internal Use `connectForeignClient`. */
  constructor(connection: ChannelModel) {
    this.connection = connection;
    connection.on("error", (error) => this.#note("connection", error));
    // A close that an operator asked for comes here alone.
    connection.on("close", (error) => {
      this.#closed = true;
      this.#note("connection", error);
    });
  }

  async channel(): Promise<Channel> {
    return this.#watch(await this.connection.createChannel());
  }

  async confirmChannel(): Promise<ConfirmChannel> {
    return this.#watch(await this.connection.createConfirmChannel());
  }

  /** Also works when the broker has closed it already. */
  async close(): Promise<void> {
    if (!this.#closed) await this.connection.close().catch(() => {});
  }

  #watch<T extends Channel>(channel: T): T {
    channel.on("error", (error) => this.#note("channel", error));
    return channel;
  }

  #note(scope: ReplyError["scope"], error: Error | undefined): void {
    // The same error comes with "error" and with "close".
    if (!error || this.#seen.has(error)) return;
    this.#seen.add(error);
    const text = replyText(error);
    const { code } = error as { readonly code?: unknown };
    if (text !== undefined && typeof code === "number") this.errors.push({ scope, code, text });
  }
}

/** The broker's words in an error of amqplib; undefined where the broker did not speak. */
export function replyText(error: Error): string | undefined {
  return /with message "([\s\S]*)"$/.exec(error.message)?.[1];
}
