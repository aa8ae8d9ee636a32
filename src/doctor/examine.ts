/** Examines one broker, or one virtual host, and what services need there. It changes nothing on the broker. */
import { AmqpConnection } from "../amqp-client/connection.ts";
import { describeEndpoint, type ResolvedConnectionOptions } from "../amqp-client/options.ts";
import { messageOf, textMemberOf } from "../errors.ts";
import type { Logger } from "../log/logger.ts";
import type { PlannedService } from "../transports/amqp/topology/service-topology.ts";
import { type Diagnosis, problem } from "./finding.ts";
import { sectionsOf } from "./sections.ts";

export interface Examined {
  readonly connection: ResolvedConnectionOptions;
  /** The services that use it. Empty to examine only the broker. */
  readonly planned: readonly PlannedService[];
}

export interface ExamineSettings {
  /** The URL of the management API, or "none". Undefined: RabbitMQ's own port, if the broker is on this machine. */
  readonly management: string | undefined;
  /** The RabbitMQ release to which the broker may be upgraded. */
  readonly target: string | undefined;
  readonly logger: Logger;
}

/** Never rejects: what cannot be examined becomes a finding. */
export async function examine(
  { connection: options, planned }: Examined,
  settings: ExamineSettings,
): Promise<Diagnosis> {
  const quick = { options, name: "tomodachi doctor", logger: settings.logger, firstConnect: "once" as const };
  const connection = new AmqpConnection({ ...quick, purpose: "consuming" });
  const publishing = new AmqpConnection({ ...quick, purpose: "publishing" });
  const services = [...new Set(planned.map(({ service }) => service))];
  const known = { address: describeEndpoint(options), services };
  try {
    await Promise.all([connection.open(), publishing.open()]);
  } catch (error) {
    await Promise.all([connection.close(), publishing.close()]);
    return { ...known, broker: null, sections: [{ title: "Broker", findings: [problem(messageOf(error))] }] };
  }
  try {
    const cluster = textMemberOf(connection.serverProperties, "cluster_name") ?? null;
    const broker = { ...(connection.broker ?? { product: "unknown", version: "" }), cluster };
    const sections = await sectionsOf({ connection, publishing, options, planned }, settings);
    return { ...known, broker, sections };
  } finally {
    await Promise.all([connection.close(), publishing.close()]);
  }
}
