/** `tomodachi publish`: sends messages, and reports what happened to them. */

import { describeEndpoint } from "../../amqp-client/options.ts";
import type { Logger } from "../../log/logger.ts";
import {
  envelopeByName,
  MessageSender,
  planSending,
  type SendCounts,
  type SendingPlan,
  sendAll,
} from "../../messages/index.ts";
import type { Service } from "../../service/service.ts";
import { printable } from "../../util/printable.ts";
import { Progress } from "../common/progress.ts";
import { withServices } from "../loading/with-services.ts";
import { messageSurroundings } from "./message-surroundings.ts";
import type { PublishSettings } from "./publish-arguments.ts";
import { bodiesOf } from "./publish-data.ts";
import { PublishFailures } from "./publish-failures.ts";

const stopSignals = ["SIGINT", "SIGTERM"] as const;

/** Returns the exit code; undefined if another copy of the package took over the process. */
export function runPublish(settings: PublishSettings): Promise<number | undefined> {
  return withServices(settings.place, (services, logger) => publish(services, settings, logger));
}

async function publish(services: readonly Service[], settings: PublishSettings, logger: Logger): Promise<number> {
  const { routingKey, place } = settings;
  const environment = messageSurroundings(place, services, logger);
  const envelope = place.envelope === undefined ? undefined : envelopeByName(place.envelope);
  const plan = planSending(services, { ...place, routingKey, envelope }, environment, logger);
  const sender = new MessageSender(plan, logger);
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  for (const signal of stopSignals) process.once(signal, stop);
  const progress = new Progress(process.stderr);
  try {
    const { properties, count } = settings;
    const bodies = bodiesOf(settings, stopping.signal);
    await progress.during(
      `Connecting to ${describeEndpoint(plan.options.connection)} ...`,
      sender.open(stopping.signal),
    );
    if (services.length > 0 && plan.handler === undefined) {
      progress.say(
        `No handler of these services gets ${printable(routingKey)} from "${printable(plan.exchangeName)}".${plan.similarKey === undefined ? "" : ` Did you mean "${printable(plan.similarKey)}"?`}`,
      );
    }
    let isEmpty = false;
    const failures = new PublishFailures({
      say: (line) => progress.say(line),
      isNumbered: settings.lines || settings.count > 1,
    });
    const { ms, ...counts } = await sendAll({
      bodies,
      perSecond: settings.perSecond,
      oneByOne: settings.oneByOne,
      signal: stopping.signal,
      build: (body) => {
        isEmpty = body.length === 0;
        return sender.build(body, routingKey, properties);
      },
      send: (message) => sender.send(message),
      failed: (...failure) => failures.add(...failure),
      progress: ({ confirmed }) => progress.show(() => `${confirmed}${settings.lines ? "" : ` of ${count}`} confirmed`),
    });
    progress.clear();
    if (counts.messages === 0 && !stopping.signal.aborted) progress.say("The data has no line with text.");
    report({ counts, ms, isEmpty, failures, plan, broker: sender.broker }, settings);
    return counts.failed + counts.unroutable > 0 || stopping.signal.aborted ? 1 : 0;
  } finally {
    for (const signal of stopSignals) process.off(signal, stop);
    progress.clear();
    await sender.close();
  }
}

interface Sent {
  readonly counts: SendCounts;
  readonly ms: number;
  /** The data: of one message, or of the same message many times. */
  readonly isEmpty: boolean;
  readonly failures: PublishFailures;
  readonly plan: SendingPlan;
  readonly broker: string;
}

function report({ counts, ms, isEmpty, failures, plan, broker }: Sent, { routingKey, json }: PublishSettings): void {
  const { exchangeName, handler, options } = plan;
  if (json) {
    const line = { routingKey, exchange: exchangeName, handler: handler ?? null, ...counts, ms: Math.round(ms) };
    process.stdout.write(`${JSON.stringify(line)}\n`);
    return;
  }
  const { messages, confirmed, unroutable } = counts;
  const where = `${routingKey} -> "${exchangeName}" on ${describeEndpoint(options.connection)} (${broker})`;
  const rate = confirmed > 1 ? `, ${Math.round((confirmed * 1000) / ms)} per second` : "";
  const what = messages === 1 ? "message" : "messages";
  const lines = [
    where,
    messages === 0
      ? "  no message was sent"
      : `  ${confirmed} of ${messages} ${what} confirmed${confirmed === 0 ? "" : ` in ${timeOf(ms)}${rate}`}`,
    ...(isEmpty && confirmed > 0 ? [`  the data is empty, so the body of the ${what} is empty`] : []),
    ...(handler === undefined || confirmed === 0 ? [] : [`  as ${handler} reads ${confirmed === 1 ? "it" : "them"}`]),
    ...(unroutable === 0
      ? []
      : [`  ${unroutable} reached no queue: no queue is bound to "${exchangeName}" for this key`]),
    ...failures.lines(),
  ];
  for (const line of lines) process.stdout.write(`${printable(line)}\n`);
}

function timeOf(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
