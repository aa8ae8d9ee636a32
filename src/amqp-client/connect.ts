/** One attempt to connect through amqplib, and what its failure means. */
import { type ChannelModel, connect, credentials } from "amqplib";
import { memberOf, textOf } from "../errors.ts";
import { clientProduct } from "../util/product-names.ts";
import { closeConnection, socketOf } from "./close-channel.ts";
import { AmqpConnectionError, replyOf } from "./errors.ts";
import { gatherWrites, socketBufferBytes } from "./gather-writes.ts";
import { type Endpoint, endpointText, type ResolvedConnectionOptions } from "./options.ts";

/** How long one host may take to answer. */
const attemptTimeoutMs = 10_000;

const refusals: ReadonlySet<string> = new Set(["ERR_AMQP_ACCESS_REFUSED", "ERR_AMQP_VIRTUAL_HOST"]);

/** What client and broker agreed on (AMQP 0-9-1, 1.4.2.6 "tune-ok"). */
export interface ConnectionLimits {
  /** The largest frame, in bytes; 0 is no limit. */
  readonly frameMax: number;
  /** The most channels at a time. */
  readonly channelMax: number;
}

/** They are not in amqplib's types. */
export function limitsOf(model: ChannelModel): ConnectionLimits {
  const { frameMax, channelMax } = model.connection as unknown as ConnectionLimits;
  return { frameMax, channelMax };
}

/** Connects to one host. Rejects with an AmqpConnectionError. */
export async function connectTo(
  endpoint: Endpoint,
  options: ResolvedConnectionOptions,
  name: string,
  signal: AbortSignal,
): Promise<ChannelModel> {
  const { login, password, virtualhost, tls, heartbeat } = options;
  // Node's sockets take a signal; this one is used up when the attempt is over, and cannot end the connection later.
  const attempt = new AbortController();
  const giveUp = (): void => attempt.abort();
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    if (signal.aborted) throw new Error("no answer in time");
    const connecting = connect(
      {
        protocol: tls ? "amqps" : "amqp",
        hostname: endpoint.host,
        port: endpoint.port,
        // amqplib decodes it as a part of a URL.
        vhost: encodeURIComponent(virtualhost),
        heartbeat,
      },
      {
        ...tls,
        noDelay: true,
        timeout: attemptTimeoutMs,
        credentials: credentials.plain(login, password),
        clientProperties: { connection_name: name, product: clientProduct },
        ...{ signal: attempt.signal, writableHighWaterMark: socketBufferBytes },
      },
    );
    const model = await unlessAborted(connecting, attempt.signal);
    gatherWrites(socketOf(model));
    return model;
  } catch (error) {
    throw connectionErrorOf(error, endpoint, options);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

/** TLS sockets do not heed a signal: whoever waits is let go, and a connection that comes too late is closed. */
function unlessAborted(connecting: Promise<ChannelModel>, signal: AbortSignal): Promise<ChannelModel> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(new Error("no answer in time")), { once: true });
    connecting.then((model) => {
      if (!signal.aborted) return resolve(model);
      model.on("error", () => {});
      void closeConnection(model);
    }, reject);
  });
}

/** Whether trying again cannot help at the start: the broker is there and says no. */
export function isRefusal(error: unknown): boolean {
  return error instanceof AmqpConnectionError && refusals.has(error.code);
}

function connectionErrorOf(
  error: unknown,
  endpoint: Endpoint,
  options: ResolvedConnectionOptions,
): AmqpConnectionError {
  const { login, virtualhost } = options;
  const at = endpointText(endpoint);
  const reply = replyOf(error);
  const settings = { cause: error, ...reply };
  if (reply.replyCode === 403) {
    return new AmqpConnectionError(
      "ERR_AMQP_ACCESS_REFUSED",
      `${at} refused the login "${login}" (${reply.replyText}). Check login and password (options.amqp, TOMODACHI_AMQP_URL); RabbitMQ lets "guest" in from localhost only.`,
      settings,
    );
  }
  // amqplib drops what a connection.close says that comes instead of open-ok; RabbitMQ sends 530 there.
  if (reply.replyCode === 530 || reply.replyText.includes("Expected ConnectionOpenOk; got <ConnectionClose")) {
    return new AmqpConnectionError(
      "ERR_AMQP_VIRTUAL_HOST",
      `${at} did not open the virtual host "${virtualhost}" for "${login}": it does not exist, the user may not use it, or its connection limit is reached. Create it (rabbitmqctl add_vhost), give the user its permissions (rabbitmqctl set_permissions), or name another.`,
      settings,
    );
  }
  return new AmqpConnectionError(
    "ERR_AMQP_UNREACHABLE",
    `Unable to connect [amqp] to ${at} (${reasonOf(error)})`,
    settings,
  );
}

/** Node hides what went wrong with each address in an AggregateError without a message. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join("; ");
  return textOf(memberOf(error, "message") || memberOf(error, "code") || error);
}
