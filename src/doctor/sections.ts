/** The report about one broker and its services. A check that could not be completed is a problem in its section. */
import type { AmqpConnection } from "../amqp-client/connection.ts";
import type { ResolvedConnectionOptions } from "../amqp-client/options.ts";
import { messageOf } from "../errors.ts";
import type { PlannedService } from "../transports/amqp/topology/service-topology.ts";
import { brokerFindings } from "./broker-findings.ts";
import { info, problem, type Section } from "./finding.ts";
import { type Look, looksAt, lookWith } from "./looks.ts";
import { openManagement } from "./open-management.ts";
import { permissionFindings } from "./permission-findings.ts";
import { topologyFindings } from "./topology-findings.ts";
import { isKnownProduct, upgradeFindings, versionFindings } from "./version-findings.ts";
import { neededPermissions, wantedTopology } from "./wanted.ts";

/** A broker with its two open connections. */
export interface OpenBroker {
  readonly connection: AmqpConnection;
  readonly publishing: AmqpConnection;
  readonly options: ResolvedConnectionOptions;
  readonly planned: readonly PlannedService[];
}

/** The findings about the broker, by kind. */
export async function sectionsOf(
  open: OpenBroker,
  settings: { readonly management: string | undefined; readonly target: string | undefined },
): Promise<readonly Section[]> {
  const { connection, publishing, options, planned } = open;
  const { vhost, username } = options;
  const { management, why } = await openManagement(connection, options, settings.management);
  const broker = connection.broker ?? { product: "unknown", version: "" };
  const wanted = wantedTopology(planned);
  const permissions = planned.flatMap(neededPermissions);
  const section = async (title: string, look: Look): Promise<Section> => {
    try {
      return { title, findings: await lookWith(management, look) };
    } catch (error) {
      return { title, findings: [problem(`The check did not finish: ${messageOf(error)}`)] };
    }
  };
  const known = isKnownProduct(broker);
  const unknown = info(
    `Not tested: permissions can be tested without using them only on RabbitMQ, and this is ${broker.product}.`,
  );
  return [
    await section("Broker", (api) =>
      brokerFindings({ connection, publishing, management: api, notAsked: why, vhost, planned }),
    ),
    ...(planned.length === 0
      ? []
      : [
          await section("Version", async () => versionFindings(broker, planned)),
          await section("Permissions", async () =>
            known ? permissionFindings({ connection, publishing, permissions, username }) : [unknown],
          ),
          await section("Exchanges, queues and bindings", (api) => topologyFindings(wanted, looksAt(open, api))),
        ]),
    ...(settings.target === undefined
      ? []
      : [
          await section(`Upgrade to RabbitMQ ${settings.target}`, async () =>
            upgradeFindings(broker, settings.target ?? "", planned),
          ),
        ]),
  ];
}
