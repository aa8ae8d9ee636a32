/** How the consumers of a running process are, by its operations port: whether they are paused, blocked or at their prefetch. */
import { isList, memberOf, messageOf, textMemberOf } from "../errors.ts";

/** What `GET /health` reports about one consumer. */
export interface RunningConsumer {
  readonly service: string;
  readonly queue: string;
  readonly state: string;
  readonly unacknowledged: number;
  /** Why it does not consume; undefined while it does. */
  readonly reason: string | undefined;
  readonly paused: string | undefined;
}

export type RunningConsumers =
  | { readonly kind: "seen"; readonly consumers: readonly RunningConsumer[] }
  | { readonly kind: "unseen"; readonly why: string };

const answerMs = 3000;

/** @param url of the operations port, such as `http://127.0.0.1:9090` */
export async function runningConsumers(url: string): Promise<RunningConsumers> {
  try {
    const response = await fetch(`${url.replace(/\/+$/, "")}/health`, {
      signal: AbortSignal.timeout(answerMs),
      redirect: "error",
    });
    const health = JSON.parse(await response.text()) as unknown;
    const services = memberOf(health, "services");
    if (!isList(services))
      return {
        kind: "unseen",
        why: `${url} answers ${response.status} without the state of services, so it is not an operations port`,
      };
    return { kind: "seen", consumers: services.flatMap(consumersOf) };
  } catch (error) {
    const { cause } = error as { readonly cause?: unknown };
    return { kind: "unseen", why: `${url} does not answer (${messageOf(cause ?? error)})` };
  }
}

function consumersOf(health: unknown): readonly RunningConsumer[] {
  const service = textMemberOf(health, "service") ?? "";
  const transports = memberOf(health, "transports");
  if (!isList(transports)) return [];
  return transports.flatMap((transport) => {
    const consumers = memberOf(transport, "consumers");
    return isList(consumers) ? consumers.map((consumer) => consumerOf(service, consumer)) : [];
  });
}

function consumerOf(service: string, consumer: unknown): RunningConsumer {
  return {
    service,
    queue: textMemberOf(consumer, "queue") ?? "",
    state: textMemberOf(consumer, "state") ?? "",
    unacknowledged: Number(memberOf(consumer, "unacknowledged") ?? 0),
    reason: textMemberOf(consumer, "reason"),
    paused: textMemberOf(memberOf(consumer, "paused"), "reason"),
  };
}
