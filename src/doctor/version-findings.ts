/** What the broker's version means for services, and what an upgrade would change for them. */
import type { BrokerIdentity } from "../amqp-client/connection-events.ts";
import { messageOf } from "../errors.ts";
import { checkBroker } from "../transports/amqp/topology/broker-support.ts";
import type { PlannedService } from "../transports/amqp/topology/service-topology.ts";
import { brokerText, embeddedBrokerProduct } from "../util/product-names.ts";
import { type Finding, info, ok, problem, warning } from "./finding.ts";
import { type Version, versionFacts } from "./version-facts.ts";

/** Undefined for an invalid version. */
export function parseVersion(text: string): Version | undefined {
  const [, major, minor] = /^(\d+)\.(\d+)(?:\.\d+)?(?:[-+].*)?$/.exec(text.trim()) ?? [];
  return major === undefined ? undefined : { major: Number(major), minor: Number(minor) };
}

/** Releases are known only for RabbitMQ, and for the embedded broker, which imitates one of them. */
export function isKnownProduct({ product }: BrokerIdentity): boolean {
  return product === "RabbitMQ" || product === embeddedBrokerProduct;
}

export function versionFindings(broker: BrokerIdentity, planned: readonly PlannedService[]): readonly Finding[] {
  const version = parseVersion(broker.version);
  if (!isKnownProduct(broker) || !version) {
    return [info(`${brokerText(broker)}: its releases are not known here.`)];
  }
  const facts = versionFacts.filter(({ since, onlyOnUpgrade }) => !onlyOnUpgrade && isBefore(since, version));
  const findings = [...supportOf(broker, planned), ...facts.flatMap((fact) => fact.findings(planned))];
  return findings.length > 0 ? findings : [ok(`${brokerText(broker)} supports everything that the services need.`)];
}

/** What changes between the current broker and another release. */
export function upgradeFindings(
  broker: BrokerIdentity,
  target: string,
  planned: readonly PlannedService[],
): readonly Finding[] {
  const from = parseVersion(broker.version);
  const to = parseVersion(target);
  if (!isKnownProduct(broker) || !from || !to) {
    return [info(`Unknown: the broker is ${brokerText(broker)}, and only releases of RabbitMQ are known here.`)];
  }
  if (isBefore(to, from)) return [ok(`The broker is ${broker.version} already.`)];
  const facts = versionFacts.filter(({ since }) => !isBefore(since, from) && isBefore(since, to));
  const now = supportOf(broker, planned);
  const then = supportOf({ ...broker, version: target }, planned);
  const saidThen = new Set(then.map(({ says }) => says));
  const saidNow = new Set(now.map(({ says }) => says));
  const solved = now.filter(({ says }) => !saidThen.has(says) && !then.some((other) => isSameMatter(other.says, says)));
  const findings = [
    ...facts.flatMap((fact) => fact.findings(planned)),
    ...then.filter(({ says }) => !saidNow.has(says)),
    ...solved.map(({ says }) => ok(`The upgrade solves this: ${says}`)),
  ];
  return findings.length > 0 ? findings : [ok("Nothing changes for these services.")];
}

/** The messages of a start about the version: warnings, or with `strictTopology` an error. */
function supportOf(broker: BrokerIdentity, planned: readonly PlannedService[]): readonly Finding[] {
  return planned.flatMap(({ plans, options: { topology, consuming } }) => {
    const said: string[] = [];
    const logger = { warn: (text: unknown): void => void said.push(String(text)) };
    try {
      checkBroker({ broker, plans, topology, consuming, logger });
    } catch (error) {
      return [...said.map((text) => warning(text)), problem(messageOf(error))];
    }
    return said.map((text) => warning(text));
  });
}

/** Whether two findings are about the same queue, for two releases. */
function isSameMatter(one: string, other: string): boolean {
  const queueOf = (text: string): string | undefined => /^The queue "[^"]*" (?:asks for|has) \S+/.exec(text)?.[0];
  return queueOf(one) !== undefined && queueOf(one) === queueOf(other);
}

/** Whether the first release is not later than the second. */
function isBefore(one: Version, other: Version): boolean {
  return one.major < other.major || (one.major === other.major && one.minor <= other.minor);
}
