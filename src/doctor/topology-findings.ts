/** Compares what services would declare with what exists on the broker, and says what the start would do about each difference. */
import type { Binding, ExchangeDeclaration, QueueDeclaration } from "../amqp-client/topology.ts";
import type { Comparison, DifferentArgument } from "./compare-declared.ts";
import { counted, type Finding, info, ok, problem, warning } from "./finding.ts";
import type { Wanted, WantedTopology } from "./wanted.ts";

/** How the objects are read: with AMQP, or with the management API. */
export interface Looks {
  queue(queue: QueueDeclaration): Promise<Comparison>;
  exchange(exchange: ExchangeDeclaration): Promise<Comparison>;
  /** Undefined if bindings cannot be read. */
  readonly bindings: ((queue: string) => Promise<readonly Binding[] | undefined>) | undefined;
}

export async function topologyFindings(wanted: WantedTopology, looks: Looks): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const same = { exchanges: 0, queues: 0 };
  // Everything that the start declares is one finding, because at the first start this is everything.
  const willBeMade: { readonly exchanges: string[]; readonly queues: string[] } = { exchanges: [], queues: [] };
  const existingQueues = new Set<string>();
  for (const one of wanted.exchanges) {
    const comparison = await looks.exchange(one.what);
    if (comparison.state === "same") same.exchanges++;
    else if (comparison.state === "missing" && one.declare === true) willBeMade.exchanges.push(one.what.name);
    else findings.push(exchangeFinding(one, comparison));
  }
  for (const one of wanted.queues) {
    const comparison = await looks.queue(one.what);
    if (comparison.state === "same") same.queues++;
    else if (comparison.state === "missing" && one.declare === true) willBeMade.queues.push(one.what.name);
    else findings.push(queueFinding(one, comparison));
    if (comparison.state !== "missing") existingQueues.add(one.what.name);
  }
  const { length: exchanges } = willBeMade.exchanges;
  const { length: queues } = willBeMade.queues;
  return [
    ...sameFindings(same, wanted),
    ...(exchanges + queues > 0
      ? [
          info(
            `The start creates ${madeText(exchanges, queues)}: ${[...new Set([...willBeMade.exchanges, ...willBeMade.queues])].join(", ")}.`,
          ),
        ]
      : []),
    ...findings,
    ...(await bindingFindings(wanted, looks, existingQueues)),
  ];
}

/** Names only the kinds of which something exists. */
function sameFindings(
  same: { readonly exchanges: number; readonly queues: number },
  { exchanges, queues }: WantedTopology,
): readonly Finding[] {
  const parts = [
    ...(same.exchanges > 0 ? [`${same.exchanges} of ${counted(exchanges.length, "exchange")}`] : []),
    ...(same.queues > 0 ? [`${same.queues} of ${counted(queues.length, "queue")}`] : []),
  ];
  if (parts.length === 0) return [];
  const isOne = same.exchanges + same.queues === 1;
  return [ok(`${parts.join(" and ")} ${isOne ? "exists" : "exist"} as the services declare ${isOne ? "it" : "them"}.`)];
}

/** At least one of the two counts is not 0. */
function madeText(exchanges: number, queues: number): string {
  const parts = [
    ...(exchanges > 0 ? [counted(exchanges, "exchange")] : []),
    ...(queues > 0 ? [counted(queues, "queue")] : []),
  ];
  return parts.join(" and ");
}

async function bindingFindings(
  { bindings }: WantedTopology,
  { bindings: bindingsOf }: Looks,
  existing: ReadonlySet<string>,
): Promise<readonly Finding[]> {
  if (bindings.length === 0) return [];
  if (!bindingsOf) {
    return [
      info(
        `Bindings: not compared, because AMQP cannot show them (${counted(bindings.length, "binding")}). A service that declares them creates the missing ones.`,
        "Give --management <url> to compare them too.",
      ),
    ];
  }
  const findings: Finding[] = [];
  let same = 0;
  for (const queue of new Set(bindings.map(({ what }) => what.queue))) {
    const current = existing.has(queue) ? await bindingsOf(queue) : [];
    for (const one of bindings.filter(({ what }) => what.queue === queue)) {
      const { exchange, routingKey } = one.what;
      if (!current) findings.push(info(`The bindings of the queue "${queue}" were not compared.`));
      else if (current.some((binding) => binding.exchange === exchange && binding.routingKey === routingKey)) same++;
      else if (existing.has(queue)) findings.push(missingBinding(one));
    }
  }
  return same > 0
    ? [ok(`${same} of ${counted(bindings.length, "binding")} ${same === 1 ? "exists" : "exist"}.`), ...findings]
    : findings;
}

function missingBinding({ what: { exchange, queue, routingKey }, declare }: Wanted<Binding>): Finding {
  const says = `The queue "${queue}" is not bound to the exchange "${exchange}" by "${routingKey}"`;
  if (declare === true) return info(`${says}: the service binds it when it starts.`);
  return warning(
    `${says}, and the service does not bind it (declare: ${JSON.stringify(declare)}), so no message with this key reaches it.`,
    "Create the binding: `tomodachi topology <service>` prints how. Or let the service declare it (declare: true).",
  );
}

function exchangeFinding({ what, declare, strict }: Wanted<ExchangeDeclaration>, comparison: Comparison): Finding {
  const subject = `The exchange "${what.name}"`;
  if (comparison.state !== "different") return otherwise(subject, declare, comparison);
  const isType = comparison.differences.some(({ argument }) => argument === "type");
  const says = `${subject} exists with ${differencesText(comparison)}`;
  if (declare !== true) {
    return warning(
      `${says}. The start does not see this, because the service does not declare it.`,
      exchangeFix(isType),
    );
  }
  if (isType || strict) return problem(`${says}. The start fails.`, exchangeFix(isType));
  return warning(`${says}. The service uses it as it is.`, exchangeFix(isType));
}

function exchangeFix(isType: boolean): string {
  return isType
    ? "Give the subscription the exchangeType of the existing exchange, or another exchangeName."
    : "Make the declarations equal, or delete the exchange when nothing publishes to it.";
}

function queueFinding({ what, declare, strict }: Wanted<QueueDeclaration>, comparison: Comparison): Finding {
  const subject = `The queue "${what.name}"`;
  if (comparison.state !== "different") return otherwise(subject, declare, comparison);
  const says = `${subject} exists with ${differencesText(comparison)}`;
  const fix =
    "The arguments of an existing queue cannot change. Give the subscription a new queueName, and name this one in previousQueueNames.";
  if (declare !== true) {
    return warning(`${says}. The start does not see this, because the service does not declare it.`, fix);
  }
  const needsOne = what.arguments["x-single-active-consumer"] === true;
  const singleDiffers =
    needsOne && comparison.differences.some(({ argument }) => argument === "x-single-active-consumer");
  if (strict) return problem(`${says}. strictTopology is set, so the start fails.`, fix);
  if (singleDiffers) return problem(`${says}. The service needs singleActive, so the start fails.`, fix);
  return warning(`${says}. The service uses it as it is, with the guarantees of those arguments.`, fix);
}

function otherwise(
  subject: string,
  declare: boolean | "verify",
  comparison: Exclude<Comparison, { state: "different" }>,
): Finding {
  if (comparison.state === "unknown") return info(`${subject}: not compared, because ${comparison.why}.`);
  if (comparison.state === "same") return ok(`${subject} exists as the service would declare it.`);
  const fix = "Create it: `tomodachi topology <service>` prints how. Or let the service declare it (declare: true).";
  if (declare === "verify")
    return problem(
      `${subject} is missing, and the service only checks for it (declare: "verify"), so the start fails.`,
      fix,
    );
  return warning(`${subject} is missing, and the service does not declare it (declare: false).`, fix);
}

function differencesText({ differences, words }: Extract<Comparison, { state: "different" }>): string {
  if (differences.length === 0) return `other arguments than the service declares (${words})`;
  return differences.map(differenceText).join(", and ");
}

function differenceText({ argument, wanted, current }: DifferentArgument): string {
  return `${argument} ${shown(current)} where the service declares ${shown(wanted)}`;
}

function shown(value: unknown): string {
  return value === undefined ? "not set" : typeof value === "string" ? `"${value}"` : String(value);
}
