/**
 * What changed for services in RabbitMQ releases, from the release notes: what is refused, what has another meaning, and how to upgrade.
 * Each fact names the brokers or services that it affects.
 */
import type { PlannedService } from "../transports/amqp/topology/service-topology.ts";
import { type Finding, info, ok, problem, warning } from "./finding.ts";

export interface Version {
  readonly major: number;
  readonly minor: number;
}

export interface VersionFact {
  readonly since: Version;
  /** true: it is reported only for an upgrade to such a release. false: it is also reported for the current broker. */
  readonly onlyOnUpgrade: boolean;
  /** Empty if none of the services is affected. */
  findings(planned: readonly PlannedService[]): readonly Finding[];
}

const mib = 1024 * 1024;

export const versionFacts: readonly VersionFact[] = [
  {
    since: { major: 4, minor: 0 },
    onlyOnUpgrade: true,
    findings: () => [
      info(
        "Upgrade to RabbitMQ 4 from 3.13, after you have enabled all feature flags there (rabbitmqctl enable_feature_flag all).",
      ),
    ],
  },
  {
    since: { major: 4, minor: 0 },
    onlyOnUpgrade: true,
    findings: (planned) =>
      classicQueues(planned).map((queue) =>
        warning(
          `The queue "${queue}" is classic, and RabbitMQ 4.0 has no mirrored classic queues. A policy with ha-mode has no effect any more, and the queue is on one node only.`,
          'Give the subscription queueType: "quorum" and a new queueName, and name this one in previousQueueNames.',
        ),
      ),
  },
  {
    since: { major: 4, minor: 0 },
    onlyOnUpgrade: false,
    findings: (planned) =>
      planned.flatMap(({ service, options: { publishing } }) =>
        publishing.maxMessageBytes > 16 * mib
          ? [
              warning(
                `"${service}" sends messages of up to ${Math.round(publishing.maxMessageBytes / mib)} MiB (maxMessageBytes), and RabbitMQ since 4.0 accepts at most 16 MiB by default.`,
                "Raise max_message_size in rabbitmq.conf, or lower maxMessageBytes.",
              ),
            ]
          : [],
      ),
  },
  {
    since: { major: 4, minor: 0 },
    onlyOnUpgrade: true,
    findings: (planned) =>
      planned.some(({ plans }) => plans.length > 0)
        ? [
            info(
              "Dead-letter queues get the delivery limit of 20 that RabbitMQ 4.0 gives each quorum queue. RabbitMQ drops a message that is read and requeued 20 times, for example by Get messages in the management page. `tomodachi dlq` makes a new copy before that.",
            ),
          ]
        : [],
  },
  {
    since: { major: 4, minor: 3 },
    onlyOnUpgrade: true,
    findings: () => [info("An upgrade in place to RabbitMQ 4.3 is only possible from 4.2.")],
  },
  {
    since: { major: 4, minor: 3 },
    onlyOnUpgrade: false,
    findings: (planned) =>
      patternsOf(planned)
        .filter(({ pattern }) => pattern.split(".").filter((word) => word === "#").length > 2)
        .map(({ label, pattern }) =>
          problem(
            `${label} binds by "${pattern}", and RabbitMQ since 4.3.5 refuses patterns with more than two "#".`,
            'Write the pattern with fewer "#": one can replace several in a row, and the handler can check the rest.',
          ),
        ),
  },
  {
    since: { major: 4, minor: 3 },
    onlyOnUpgrade: true,
    findings: (planned) =>
      planned.flatMap(({ service, options: { topology } }) =>
        topology.declare.queue === "verify" || topology.declare.exchange === "verify"
          ? [
              info(
                `"${service}" checks its exchanges and queues (declare: "verify"), for which RabbitMQ since 4.2.6 requires a permission on each name. A name that the login is not allowed to look at counts as existing.`,
                `\`tomodachi topology <${service}> --permissions verify\` prints the permissions.`,
              ),
            ]
          : [],
      ),
  },
  {
    since: { major: 4, minor: 3 },
    onlyOnUpgrade: true,
    findings: (planned) =>
      planned.some(({ plans }) => plans.some(({ queue }) => queue.queueType === "quorum"))
        ? [
            info(
              "A message that a handler requeues (Requeue) does not count for the delivery limit of its queue any more. Failures and lost connections still count.",
            ),
            ok(
              "These services use nothing that RabbitMQ 4.3 denies: no transient queues, no global prefetch, none of the denied queue arguments.",
            ),
          ]
        : [],
  },
];

/** Queues of single instances are left out, because they are deleted together with their instance. */
function classicQueues(planned: readonly PlannedService[]): readonly string[] {
  const plans = planned.flatMap((one) => one.plans);
  return plans.flatMap(({ queue }) => (queue.queueType === "classic" && !queue.perInstance ? [queue.queueName] : []));
}

function patternsOf(
  planned: readonly PlannedService[],
): readonly { readonly label: string; readonly pattern: string }[] {
  return planned.flatMap(({ plans }) =>
    plans.flatMap(({ handler, bindings }) => bindings.patterns.map((pattern) => ({ label: handler.label, pattern }))),
  );
}
