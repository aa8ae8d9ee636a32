/** Finds the management API of a broker, and makes sure that it is of that broker. */
import type { AmqpConnection } from "../amqp-client/connection.ts";
import type { ResolvedConnectionOptions } from "../amqp-client/options.ts";
import { messageOf, textMemberOf } from "../errors.ts";
import { type Finding, info, ok } from "./finding.ts";
import { ManagementApi } from "./management-api.ts";

interface FoundManagement {
  /** Undefined where it does not answer, or is not asked. */
  readonly management: ManagementApi | undefined;
  readonly said: readonly Finding[];
}

/** https://www.rabbitmq.com/docs/networking#ports */
const ownPort = 15_672;

/**
 * The login is that of AMQP: RabbitMQ has one set of users. Without a URL only this machine is asked, so that no password goes over a
 * network in the clear.
 */
export async function openManagement(
  connection: AmqpConnection,
  { username, password, endpoints, tls }: ResolvedConnectionOptions,
  given: string | undefined,
): Promise<FoundManagement> {
  const host = endpoints[0]?.host ?? "";
  const isHere = !tls && ["127.0.0.1", "localhost", "::1"].includes(host);
  const url = given ?? (isHere ? `http://${host.includes(":") ? `[${host}]` : host}:${ownPort}` : "none");
  const without = (why: string): FoundManagement => ({
    management: undefined,
    said:
      given === undefined
        ? []
        : [info(`The management API was not asked: ${why}. What follows is seen over AMQP alone.`)],
  });
  if (url === "none") return { management: undefined, said: [] };
  if (typeof password !== "string" || username === "") return without("it needs a user name and a password");
  const management = new ManagementApi({ url, username, password });
  try {
    const { status, body } = await management.get("overview");
    const tag = "the user needs the tag management: rabbitmqctl set_user_tags";
    if (status !== 200) return without(`${management.url} answers ${status}${status === 401 ? ` (${tag})` : ""}`);
    const [there, here] = [
      textMemberOf(body, "cluster_name"),
      textMemberOf(connection.serverProperties, "cluster_name"),
    ];
    if (there !== here) return without(`${management.url} is of the cluster "${there}", and AMQP is of "${here}"`);
    return { management, said: [ok(`The management API on ${management.url} was asked too.`)] };
  } catch (error) {
    return without(messageOf(error));
  }
}
