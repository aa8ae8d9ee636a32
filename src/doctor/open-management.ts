/** Finds the management API of a broker, and checks that it belongs to that broker. */
import type { AmqpConnection } from "../amqp-client/connection.ts";
import type { ResolvedConnectionOptions } from "../amqp-client/options.ts";
import { memberOf, messageOf, textMemberOf } from "../errors.ts";
import { isLoopback } from "../util/loopback.ts";
import { type ManagementAnswer, ManagementApi } from "./management-api.ts";

interface FoundManagement {
  /** Undefined if it does not answer, or is not asked. */
  readonly management: ManagementApi | undefined;
  /** Why an API that was named was not asked. */
  readonly why?: string;
}

/** https://www.rabbitmq.com/docs/networking#ports */
const ownPort = 15_672;

/**
 * Uses the login of AMQP, because RabbitMQ has one set of users. Without a URL it only asks on this machine, so that no password goes over
 * a network unencrypted.
 */
export async function openManagement(
  connection: AmqpConnection,
  { username, password, endpoints, tls }: ResolvedConnectionOptions,
  given: string | undefined,
): Promise<FoundManagement> {
  const host = endpoints[0]?.host ?? "";
  const isHere = !tls && isLoopback(host);
  const url = given ?? (isHere ? `http://${host.includes(":") ? `[${host}]` : host}:${ownPort}` : "none");
  const without = (why: string): FoundManagement => ({ management: undefined, ...(given !== undefined && { why }) });
  if (url === "none") return { management: undefined };
  if (typeof password !== "string" || username === "") return without("it needs a user name and a password");
  const management = new ManagementApi({ url, username, password });
  try {
    const answer = await management.get("overview");
    const [there, here] = [
      textMemberOf(answer.body, "cluster_name"),
      textMemberOf(connection.serverProperties, "cluster_name"),
    ];
    if (answer.status !== 200 || there === undefined) {
      return without(`${management.url} answers ${refusalIn(answer, username)}`);
    }
    if (here === undefined) return without("the AMQP broker does not name its cluster, so this may be another broker");
    if (there !== here)
      return without(`${management.url} belongs to the cluster "${there}", but the AMQP broker belongs to "${here}"`);
    return { management };
  } catch (error) {
    return without(messageOf(error));
  }
}

/** AMQP accepted the same login, so a 401 is usually about the user's tag. RabbitMQ gives the reason as JSON. */
function refusalIn({ status, body, contentType }: ManagementAnswer, username: string): string {
  const reason = textMemberOf(body, "reason");
  const said = reason === undefined ? "" : `: ${reason}`;
  if (status === 401) {
    return `401 (the user needs the tag management: rabbitmqctl set_user_tags ${username} management)${said}`;
  }
  if (memberOf(body, "error") !== undefined) return `${status}${said}`;
  const form = contentType === "" ? "without JSON" : `with ${contentType}`;
  return `${status} ${form}, so it is not a management API: another program or a proxy listens there`;
}
