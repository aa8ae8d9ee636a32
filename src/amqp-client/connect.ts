/** One attempt to connect through amqplib, and what its failure means. */
import { type ChannelModel, connect, credentials } from "amqplib";
import { AmqpConnectionError, replyOf } from "./errors.ts";
import { type Endpoint, endpointText, type ResolvedConnectionOptions } from "./options.ts";

/** How long one host may take to answer. */
const attemptTimeoutMs = 10_000;

/** Connects to one host. Rejects with an AmqpConnectionError. */
export async function connectTo(
  endpoint: Endpoint,
  options: ResolvedConnectionOptions,
  name: string,
): Promise<ChannelModel> {
  const { login, password, virtualhost, tls, heartbeat } = options;
  try {
    return await connect(
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
        clientProperties: { connection_name: name, product: "tomodachi" },
      },
    );
  } catch (error) {
    throw connectionErrorOf(error, endpoint, options);
  }
}

/** Whether trying again cannot help at the start: the broker is there and says no. */
export function isRefusal(error: unknown): boolean {
  return error instanceof AmqpConnectionError && error.code !== "ERR_AMQP_UNREACHABLE";
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
  if (reply.replyCode === 530) {
    return new AmqpConnectionError(
      "ERR_AMQP_VIRTUAL_HOST",
      `${at} did not open the virtual host "${virtualhost}" for "${login}" (${reply.replyText}). Create it (rabbitmqctl add_vhost), give the user its permissions (rabbitmqctl set_permissions), or name another.`,
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
  const { code, message } = error as { code?: unknown; message?: unknown };
  return String(message || code || error);
}
