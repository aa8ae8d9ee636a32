/** Findings about the broker itself: its version, its default queue type, its alarms, its clock. */

import type { AmqpConnection } from "../amqp-client/connection.ts";
import { memberOf, messageOf, textMemberOf } from "../errors.ts";
import type { PlannedService } from "../transports/amqp/topology/service-topology.ts";
import { brokerText } from "../util/product-names.ts";
import { type Finding, info, ok, problem, warning } from "./finding.ts";
import { mayPublish } from "./harmless-questions.ts";
import type { ManagementApi } from "./management-api.ts";

export interface BrokerSettings {
  readonly connection: AmqpConnection;
  readonly publishing: AmqpConnection;
  /** Undefined if the API does not answer, or was not asked. */
  readonly management: ManagementApi | undefined;
  /** Why an API that was named was not asked. */
  readonly notAsked: string | undefined;
  readonly vhost: string;
  readonly planned: readonly PlannedService[];
}

/** A larger difference, in milliseconds, cannot come from the whole seconds of HTTP and a slow answer. */
const toleratedMs = 3000;

export async function brokerFindings(settings: BrokerSettings): Promise<readonly Finding[]> {
  const { connection } = settings;
  const cluster = textMemberOf(connection.serverProperties, "cluster_name");
  const { frameMax, channelMax } = connection.limits;
  return [
    ok(
      `${brokerText(connection.broker)}${cluster === undefined ? "" : `, cluster "${cluster}"`}; ${channelMax} channels per connection, frames of ${frameMax} bytes.`,
    ),
    await alarmFinding(settings),
    await queueTypeFinding(settings),
    await clockFinding(settings),
    ...(await deprecatedFindings(settings)),
    ...managementFindings(settings),
  ];
}

/** During an alarm, because memory or disk is short, the broker blocks every connection that publishes. */
async function alarmFinding({ publishing }: BrokerSettings): Promise<Finding> {
  try {
    const answer = await mayPublish(publishing, "");
    if (answer.kind !== "blocked") return ok("It has no alarm, and accepts publishes.");
    return warning(
      `It has an alarm (${answer.reason}), and accepts no publishes. Publishes wait, and fail after publishTimeoutSeconds.`,
      "Free memory or disk on the broker's machines; `rabbitmq-diagnostics alarms` names the node.",
    );
  } catch (error) {
    return warning(`Alarms: unknown, because the broker did not answer a publish (${messageOf(error)}).`);
  }
}

async function queueTypeFinding({ management, vhost, planned }: BrokerSettings): Promise<Finding> {
  const untyped = planned.some(({ options, plans }) => options.topology.profile === "python" && plans.length > 0);
  const matters = untyped
    ? 'The queues of topology: "python" name no type, so they get this one.'
    : "The services name the type of each queue, so they do not use it.";
  const found = management && (await defaultQueueType(management, vhost));
  if (found === undefined) {
    const why = management ? "the management API does not show it" : "AMQP cannot show it";
    return info(`Default queue type: unknown, because ${why}. ${matters}`);
  }
  return ok(`Default queue type of the virtual host: ${found}. ${matters}`);
}

async function defaultQueueType(management: ManagementApi, vhost: string): Promise<string | undefined> {
  const { body } = await management.get("vhosts", vhost);
  const own = textMemberOf(body, "default_queue_type");
  if (own !== undefined && own !== "undefined") return own;
  const { body: overview } = await management.get("overview");
  return textMemberOf(overview, "default_queue_type");
}

async function clockFinding({ management }: BrokerSettings): Promise<Finding> {
  const answer = await management?.get("whoami");
  if (answer?.date === undefined) {
    return info(
      "Clock difference: unknown, because AMQP does not show the broker's time.",
      "Give --management <url> to compare the clocks.",
    );
  }
  // HTTP cuts the time to whole seconds, so on average the real time is half a second later.
  const differenceMs = answer.date + 500 - answer.askedAt;
  if (Math.abs(differenceMs) <= toleratedMs)
    return ok("Its clock and the clock of this machine differ by a few seconds at most.");
  const seconds = Math.round(Math.abs(differenceMs) / 1000);
  return warning(
    `Its clock is ${seconds} s ${differenceMs > 0 ? "ahead of" : "behind"} the clock of this machine. Times in x-death and in dead letters are wrong by as much.`,
    "Set the clocks of both machines by NTP.",
  );
}

/** Features that clients of this broker use and that a later release refuses. */
async function deprecatedFindings({ management }: BrokerSettings): Promise<readonly Finding[]> {
  if (!management) return [];
  const { status, body } = await management.get("deprecated-features", "used");
  if (status !== 200 || !Array.isArray(body)) return [];
  return body.map((one: unknown) =>
    memberOf(one, "deprecation_phase") === "denied_by_default"
      ? problem(`Clients of this broker use the denied feature ${String(memberOf(one, "name"))}.`)
      : warning(
          `Clients of this broker use the deprecated feature ${String(memberOf(one, "name"))}, which a later release denies.`,
        ),
  );
}

function managementFindings({ management, notAsked }: BrokerSettings): readonly Finding[] {
  if (management) return [ok(`The management API at ${management.url} was used too.`)];
  if (notAsked === undefined) return [];
  return [info(`The management API was not used: ${notAsked}. These findings come from AMQP alone.`)];
}
