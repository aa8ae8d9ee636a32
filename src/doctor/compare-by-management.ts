/**
 * Compares exchanges and queues with the management API, which shows every argument and every binding, and cannot change anything by
 * mistake.
 */
import type { Binding, ExchangeDeclaration, QueueDeclaration } from "../amqp-client/topology.ts";
import { isList, memberOf } from "../errors.ts";
import type { Comparison, DifferentArgument } from "./compare-declared.ts";
import type { ManagementAnswer, ManagementApi } from "./management-api.ts";

export async function queueByManagement(
  api: ManagementApi,
  vhost: string,
  { name, arguments: wanted }: QueueDeclaration,
): Promise<Comparison> {
  const answer = await api.get("queues", vhost, name);
  const comparison = comparisonOf(answer, wanted, { durable: true, auto_delete: false, exclusive: false });
  if (comparison.state !== "same") return comparison;
  const number = (member: string): number => Number(memberOf(answer.body, member) ?? 0);
  return { ...comparison, messages: number("messages_ready"), consumers: number("consumers") };
}

export async function exchangeByManagement(
  api: ManagementApi,
  vhost: string,
  { name, type, arguments: wanted = {} }: ExchangeDeclaration,
): Promise<Comparison> {
  const answer = await api.get("exchanges", vhost, name);
  return comparisonOf(answer, wanted, { type, durable: true, auto_delete: false, internal: false });
}

/** The bindings of a queue, each with its exchange; undefined if they cannot be read. */
export async function bindingsByManagement(
  api: ManagementApi,
  vhost: string,
  queue: string,
): Promise<readonly Binding[] | undefined> {
  const { status, body } = await api.get("queues", vhost, queue, "bindings");
  if (status !== 200 || !isList(body)) return undefined;
  return body.map((one) => ({
    exchange: String(memberOf(one, "source")),
    queue,
    routingKey: String(memberOf(one, "routing_key")),
  }));
}

function comparisonOf(
  { status, body }: ManagementAnswer,
  wanted: Readonly<Record<string, unknown>>,
  properties: Readonly<Record<string, unknown>>,
): Comparison {
  if (status === 404) return { state: "missing" };
  if (status !== 200) return { state: "unknown", why: `the management API answers ${status}` };
  if (memberOf(body, "name") === undefined) return { state: "unknown", why: "the management API answers without JSON" };
  const current = (memberOf(body, "arguments") ?? {}) as Readonly<Record<string, unknown>>;
  const differences: DifferentArgument[] = [];
  for (const [argument, value] of Object.entries(properties)) {
    const stands = memberOf(body, argument);
    if (stands !== undefined && stands !== value) differences.push({ argument, wanted: value, current: stands });
  }
  for (const argument of new Set([...Object.keys(wanted), ...Object.keys(current)])) {
    if (argument === "x-queue-type" && isDefaultType(wanted[argument], current[argument])) continue;
    if (wanted[argument] !== current[argument]) {
      differences.push({ argument, wanted: wanted[argument], current: current[argument] });
    }
  }
  return differences.length === 0 ? { state: "same" } : { state: "different", differences, words: "" };
}

/** Since 4.0 RabbitMQ stores the type of a queue that was declared without one. */
function isDefaultType(wanted: unknown, current: unknown): boolean {
  return (wanted ?? "classic") === (current ?? "classic") || wanted === undefined;
}
