/** A service for people: what reaches each handler, how it runs, what follows a failure, and how many queues that takes. */
import type {
  ConnectionDescription,
  HandlerDescription,
  QueueDescription,
  QueuePurpose,
  RetryDescription,
  ScheduleDescription,
  ServiceDescription,
} from "./service-description.ts";

/** The text beside the handler, if the method does not show it. */
const kindNames: Readonly<Record<string, string>> = { files: " (files)", websocket: " (web socket)" };

export function descriptionText(description: ServiceDescription): readonly string[] {
  const { service, connections, http, schedules, others } = description;
  const sections = [
    ...connections.map((connection) => connectionLines(connection, description)),
    ...(http
      ? [
          [
            `  HTTP on ${http.address ?? "its own application"}`,
            ...columns(
              http.routes.map(({ methods, path, handler, kind, checked }) => [
                methods.join(", ") || kind,
                path,
                `${handler}${kindNames[kind] ?? ""}`,
                checked.length > 0 ? `checked by a schema: ${checked.join(", ")}` : "",
              ]),
            ),
          ],
        ]
      : []),
    ...(schedules.length > 0 ? [["  Schedules", ...columns(schedules.map(scheduleRow))]] : []),
    ...(others.length > 0
      ? [
          [
            "  Other transports",
            ...columns(others.map(({ transport, trigger, handler }) => [transport, trigger, handler])),
          ],
        ]
      : []),
  ];
  if (sections.length === 0) return [service, "  It has no handlers."];
  return [service, ...sections.flatMap((lines, at) => (at === 0 ? lines : ["", ...lines]))];
}

function connectionLines(
  connection: ConnectionDescription,
  { handlers, connections }: ServiceDescription,
): readonly string[] {
  const { name, address, exchanges, queues } = connection;
  const own = handlers.filter((handler) => handler.connection === name);
  const title = connections.length > 1 || name !== "default" ? `AMQP, connection "${name}", on` : "AMQP on";
  return [
    `  ${title} ${address}`,
    ...own.flatMap((handler) => ["", `    ${handler.handler}`, ...rowsOf(handlerRows(handler, queues))]),
    "",
    `    ${countedQueues(queues)}`,
    ...(exchanges.length > 0
      ? [`    ${counted(exchanges.length, "exchange")}: ${exchanges.map((one) => one.name).join(", ")}`]
      : []),
  ];
}

function handlerRows(
  handler: HandlerDescription,
  queues: readonly QueueDescription[],
): readonly (readonly [string, string])[] {
  const { exchange, patterns, queue, perInstance, batchSize, timeoutSeconds, schema, answers, declare } = handler;
  const type = queues.find(({ name }) => name === queue)?.type ?? "classic";
  const contracts = patterns.flatMap(({ contract }) => contract ?? []);
  return [
    [
      "receives",
      `${patterns.map(({ pattern }) => pattern).join(", ")}  (${exchange.type} exchange "${exchange.name}")`,
    ],
    ...patterns
      .filter(({ pattern, boundAs }) => pattern !== boundAs)
      .map(({ boundAs }) => ["bound as", boundAs] as const),
    ...contracts.map((key) => ["contract", key] as const),
    ...(schema === null ? [] : [["schema", `data is checked by ${schema}`] as const]),
    ...(answers ? [["answers", "its result is sent to the sender of the request"] as const] : []),
    ["queue", `${queue}  (${type}${perInstance ? ", one for each instance" : ""}${declaredBy(declare)})`],
    ["at once", atOnce(handler)],
    ...(batchSize === null ? [] : [["batches", `up to ${batchSize} messages per call`] as const]),
    ...(timeoutSeconds === null ? [] : [["time limit", `${timeoutSeconds} s for each run`] as const]),
    ["on failure", `${retryText(handler.retry)}${handler.deadLetterQueue}`],
  ];
}

function declaredBy(declare: boolean | "verify"): string {
  if (declare === true) return "";
  return declare === "verify" ? ", another tool declares it" : ", another tool declares it, and nothing is checked";
}

function atOnce({ concurrency, prefetch }: HandlerDescription): string {
  const runs = counted(concurrency, "message");
  return prefetch === concurrency ? runs : `${runs}, and ${prefetch - concurrency} more wait in the process`;
}

function retryText(retry: RetryDescription | null): string {
  if (retry === null || retry.attempts <= 1) return "no retries: at once to ";
  const { delays, attempts, quick } = retry;
  const last = delays.at(-1);
  const repeats = attempts - 1 - quick - delays.length;
  const parts = [
    ...(quick > 0 ? [`${quick} more at once`] : []),
    ...(delays.length > 0 ? [`after ${delays.join(", ")}`] : []),
    ...(repeats > 0 && last !== undefined ? [`then ${repeats} more, each after ${last}`] : []),
  ];
  return `retries ${parts.join(", ")} (${attempts} runs in all), then to `;
}

function scheduleRow({ handler, when, queue, deadLetterQueue }: ScheduleDescription): readonly string[] {
  if (queue === null) return [handler, when, "in each instance"];
  return [handler, when, `once for all instances, by the queue ${queue} (failures: ${deadLetterQueue})`];
}

/** Each quorum queue costs a broker memory and files, so their number is said. */
function countedQueues(queues: readonly QueueDescription[]): string {
  const quorum = queues.filter(({ type }) => type === "quorum").length;
  const of = (purpose: QueuePurpose, words: string): readonly string[] => {
    const number = queues.filter((queue) => queue.purpose === purpose).length;
    return number === 0 ? [] : [`${number} ${words}`];
  };
  const parts = [
    ...of("messages", "for messages"),
    ...of("dead letters", "for dead letters"),
    ...of("retries", "for retries"),
    ...of("lost retries", "for lost retries"),
    ...of("note of a schedule", "for the last due times of schedules"),
  ];
  const kind = quorum === queues.length ? "all quorum" : `${quorum} quorum`;
  return `${counted(queues.length, "queue")}, ${kind}: ${parts.join(", ")}`;
}

function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

function rowsOf(rows: readonly (readonly [string, string])[]): readonly string[] {
  return rows.map(([name, value]) => `      ${name.padEnd(12)}${value}`);
}

function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  return rows.map((row) => `    ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  ")}`.trimEnd());
}
