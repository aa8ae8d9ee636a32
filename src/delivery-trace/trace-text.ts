/** A trace for people: where the message goes, and what prevents it. */
import { arrives, type DeliveryTrace, type Destination, type MissedHandler, type TracedHandler } from "./trace.ts";

export function traceText(trace: DeliveryTrace): readonly string[] {
  const { routingKey, onTheWire, exchange, address, publish, matched, notMatched, brokerUnseen, others } = trace;
  const wire = onTheWire === routingKey ? "" : `, on the wire as "${onTheWire}"`;
  return [
    `"${routingKey}" published to the exchange "${exchange || "amq.default"}"${wire}, on ${address}`,
    "",
    ...(brokerUnseen === null
      ? []
      : [`  The broker was not checked: ${brokerUnseen}`, "  What follows is only what the services declare.", ""]),
    ...publish.map((sentence) => `  NO   ${sentence}`),
    ...(publish.length > 0 ? [""] : []),
    ...(matched.length > 0 ? ["  Matches", ...matched.flatMap((one) => matchedLines(one, trace)), ""] : []),
    ...(notMatched.length > 0 ? ["  Does not match", ...notMatched.flatMap(missedLines), ""] : []),
    ...(others !== null && others.length > 0
      ? ["  Also gets it", ...others.map((one) => otherLine(one, trace)), ""]
      : []),
    ...(brokerUnseen === null && trace.bindingsUnseen !== null
      ? [`The broker's bindings were not compared: ${trace.bindingsUnseen}.`]
      : []),
    verdict(trace),
  ];
}

function matchedLines(
  { service, handler, queue, by, state, obstacles, notes }: TracedHandler,
  { brokerUnseen }: DeliveryTrace,
): readonly string[] {
  const counts = state
    ? ` (${state.messages} waiting, ${state.consumers} consumer${state.consumers === 1 ? "" : "s"})`
    : "";
  const mark = obstacles.length > 0 ? "NO  " : brokerUnseen === null && state !== null ? "yes " : "?   ";
  return [
    `    ${mark} ${service}.${handler}: ${by}; queue ${queue}${counts}`,
    ...obstacles.map((sentence) => `           ${sentence}`),
    ...notes.map((sentence) => `           ${sentence}`),
  ];
}

function missedLines({ service, handler, why }: MissedHandler): readonly string[] {
  return [`    -    ${service}.${handler}: ${why}`];
}

function otherLine({ kind, name, pattern }: Destination, { notMatched }: DeliveryTrace): string {
  const handler = notMatched.find(({ queue }) => kind === "queue" && queue === name);
  const whose = handler
    ? `the queue of ${handler.service}.${handler.handler}, which does not declare this binding: name it in previousPatterns`
    : `no handler of these services declares this ${kind}`;
  return `    +    ${kind} ${name}: "${pattern}" matches; ${whose}`;
}

function verdict(trace: DeliveryTrace): string {
  const { publish, matched, brokerUnseen, exchange, similarKey } = trace;
  const cure = similarKey === null ? "" : ` Did you mean the key "${similarKey}"?`;
  if (publish.length > 0) return `It does not arrive: it cannot be published.${cure}`;
  if (matched.length === 0) {
    return `It reaches no queue of these services: no binding of the exchange "${exchange || "amq.default"}" matches.${cure}`;
  }
  if (brokerUnseen !== null || matched.every(({ obstacles, state }) => obstacles.length === 0 && state === null)) {
    return "It should arrive, because the services declare a matching binding. The broker did not show whether it does.";
  }
  const arriving = matched.filter(({ obstacles }) => obstacles.length === 0);
  if (!arrives(trace))
    return `It does not arrive: ${matched.length === 1 ? "the queue that matches" : `each of the ${matched.length} queues that match`} has an obstacle, marked NO above.`;
  const who = arriving.map(({ service, handler }) => `${service}.${handler}`).join(", ");
  return `It arrives at ${who}.`;
}
