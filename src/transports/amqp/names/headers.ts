/**
 * All headers that the framework writes or reads, with who writes each, who reads it, and what each kind of copy does with
 * it. Retry copies, dead letters, replays and moves all read this table. `docs/guides/headers.md` is its text for people.
 */

/** The kinds of copies that the framework makes of a message. */
export type CopyKind = "retry" | "dead-letter" | "replay" | "move";

/**
 * What a copy does with a header that the message has. "written": the copy sets its own value, or none. "kept": copied as it is.
 * "kept if ours": copied only if the message came by a way that needs write permission on the default exchange or on the return
 * exchange (see `isOwnWay`); otherwise it is left out and listed. "left out": it has no meaning in that copy.
 */
type Fate = "written" | "kept" | "kept if ours" | "left out";

interface HeaderRule {
  readonly header: string;
  readonly writer: string;
  readonly reader: string;
  readonly fates: Readonly<Record<CopyKind, Fate>>;
  /** Without it the copy cannot be brought back to where it belongs, so it is never left out for lack of room. */
  readonly vital?: true;
}

/** Why a message failed: new in each dead letter, removed at a replay. */
const cause = { retry: "written", "dead-letter": "written", replay: "left out", move: "kept" } as const;
/** The same for what only a dead letter says. A retry copy may be dead-lettered by the broker, for its own reason. */
const causeOfDeadLetter = { ...cause, retry: "left out" } as const;
/** Where a message was published: it survives everything. */
const origin = { retry: "written", "dead-letter": "written", replay: "written", move: "kept" } as const;
const replayMark = { retry: "kept if ours", "dead-letter": "kept if ours", replay: "written", move: "kept" } as const;
const always = { retry: "kept", "dead-letter": "kept", replay: "kept", move: "kept" } as const;
const ifOurs = { retry: "kept if ours", "dead-letter": "kept if ours", replay: "kept", move: "kept" } as const;

const copies = "retry copies and dead letters";
const dlqCommand = "tomodachi dlq";

/** The name of each header. */
export const headerNames = {
  reason: "x-tomodachi-reason",
  errorClass: "x-tomodachi-error-class",
  errorMessage: "x-tomodachi-error-message",
  errorCode: "x-tomodachi-error-code",
  errorStack: "x-tomodachi-error-stack",
  schemaIssues: "x-tomodachi-schema-issues",
  handler: "x-tomodachi-handler",
  service: "x-tomodachi-service",
  serviceUuid: "x-tomodachi-service-uuid",
  host: "x-tomodachi-host",
  attempts: "x-tomodachi-attempts",
  failures: "x-tomodachi-failures",
  firstFailedAt: "x-tomodachi-first-failed-at",
  startedAt: "x-tomodachi-started-at",
  failedAt: "x-tomodachi-failed-at",
  exchange: "x-tomodachi-exchange",
  routingKey: "x-tomodachi-routing-key",
  queue: "x-tomodachi-queue",
  replay: "x-tomodachi-replay",
  replays: "x-tomodachi-replays",
  droppedHeaders: "x-tomodachi-dropped-headers",
  reply: "x-tomodachi-reply",
  eventVersion: "x-tomodachi-event-version",
  correlationId: "x-tomodachi-correlation-id",
  causationId: "x-tomodachi-causation-id",
} as const;

type HeaderKey = keyof typeof headerNames;

const rules: Readonly<Record<HeaderKey, Omit<HeaderRule, "header">>> = {
  reason: { writer: "dead letters", reader: dlqCommand, fates: causeOfDeadLetter, vital: true },
  errorClass: { writer: copies, reader: dlqCommand, fates: cause },
  errorMessage: { writer: copies, reader: dlqCommand, fates: cause },
  errorCode: { writer: copies, reader: dlqCommand, fates: cause },
  errorStack: { writer: "dead letters", reader: dlqCommand, fates: causeOfDeadLetter },
  schemaIssues: { writer: copies, reader: dlqCommand, fates: cause },
  handler: { writer: copies, reader: dlqCommand, fates: cause },
  service: { writer: copies, reader: dlqCommand, fates: cause },
  serviceUuid: { writer: copies, reader: dlqCommand, fates: cause },
  host: { writer: copies, reader: dlqCommand, fates: cause },
  attempts: {
    writer: copies,
    reader: "context.attempt, after a delayed retry",
    fates: cause,
    vital: true,
  },
  failures: {
    writer: copies,
    reader: "the retry policy, after a delayed retry",
    fates: cause,
    vital: true,
  },
  firstFailedAt: {
    writer: copies,
    reader: "the next copy, after a delayed retry",
    fates: cause,
    vital: true,
  },
  startedAt: { writer: copies, reader: dlqCommand, fates: cause },
  failedAt: { writer: copies, reader: dlqCommand, fates: cause },
  exchange: {
    writer: "retry copies, dead letters and replays",
    reader: "context.exchangeName, after a delayed retry or a replay",
    fates: origin,
    vital: true,
  },
  routingKey: {
    writer: "retry copies, dead letters and replays",
    reader: "context.routingKey and context.params, after a delayed retry or a replay",
    fates: origin,
    vital: true,
  },
  queue: { writer: copies, reader: "a replay, as its target", fates: cause, vital: true },
  replay: {
    writer: "replays",
    reader: "the recognition of duplicates: a replay is handled again",
    fates: replayMark,
    vital: true,
  },
  replays: { writer: "replays", reader: dlqCommand, fates: replayMark },
  droppedHeaders: { writer: "every copy", reader: "people", fates: ifOurs },
  reply: { writer: "error replies", reader: "amqpRequest()", fates: always },
  eventVersion: {
    writer: "publishes by a contract with a version",
    reader: "the error of a schema that refused the message",
    fates: always,
  },
  correlationId: { writer: "requests, with asyncContext", reader: "context.correlationId", fates: always },
  causationId: {
    writer: "publishes and requests of a handler, with asyncContext",
    reader: "context.causationId",
    fates: always,
  },
};

/** The prefix of each header of the framework. */
export const ownPrefix = "x-tomodachi-";

/** Before a header of the broker in a copy: the broker does not act on it there. */
export const originalPrefix = "x-tomodachi-original-";

const {
  replay: _1,
  replays: _2,
  droppedHeaders: _3,
  reply: _4,
  eventVersion: _5,
  correlationId: _6,
  causationId: _7,
  ...ofDeadLetters
} = headerNames;

/** The headers that say why, where and when a dead letter failed. */
export const deadLetterHeaderNames: Omit<
  typeof headerNames,
  "replay" | "replays" | "droppedHeaders" | "reply" | "eventVersion" | "correlationId" | "causationId"
> = ofDeadLetters;

const byHeader: ReadonlyMap<string, HeaderRule> = new Map(
  (Object.keys(headerNames) as HeaderKey[]).map((key) => [
    headerNames[key],
    { header: headerNames[key], ...rules[key] },
  ]),
);

/** Every rule, for the test that compares the guide with this table. */
export const headerRules: readonly HeaderRule[] = [...byHeader.values()];

/** RabbitMQ publishes to the queues that CC and BCC name (RabbitMQ, "Sender-selected Distribution"). */
const routedBy = /^(CC|BCC)$/;
/** The broker's counts. Its own values say nothing about a copy, and a malformed `x-death` can crash RabbitMQ 3.10. */
const counted = /^(x-death|x-first-death-.*|x-last-death-.*|x-delivery-count|x-acquired-count)$/;

/** The broker acts on it, so no copy has it under its own name. */
export function isBrokerHeader(name: string): boolean {
  return routedBy.test(name) || counted.test(name);
}

/** How a message came to where it is copied. */
export interface Arrival {
  /** It came through the framework, so what its headers say about retries and replays is trusted. */
  readonly ours: boolean;
  /** It came back from a retry queue: what the broker wrote on it is about the copy, not about the message. */
  readonly returned: boolean;
}

/** The name under which a copy keeps a header of the message; undefined: the copy has not got it. */
export function nameInCopy(name: string, kind: CopyKind, { ours, returned }: Arrival): string | undefined {
  if (isBrokerHeader(name)) {
    if (kind === "replay" || kind === "move") return isSpent(name, kind) ? undefined : originalPrefix + name;
    return returned ? undefined : originalPrefix + name;
  }
  if (name.startsWith(originalPrefix)) {
    if (kind === "replay" && counted.test(name.slice(originalPrefix.length))) return undefined;
    return ours ? name : undefined;
  }
  const fate = byHeader.get(name)?.fates[kind] ?? "kept";
  return fate === "kept" || (fate === "kept if ours" && ours) ? name : undefined;
}

/** Whether a copy may leave this header out without listing it: the copy writes it again, or it has no meaning any more. */
export function isSuperseded(name: string, kind: CopyKind, { returned }: Arrival): boolean {
  if (isBrokerHeader(name)) return kind === "replay" || kind === "move" || returned;
  if (name.startsWith(originalPrefix)) return kind === "replay";
  const fate = byHeader.get(name)?.fates[kind];
  return fate === "written" || fate === "left out";
}

/** Counts of deliveries are about one queue; the rest of the counts is needed where a dead letter is moved, not after a replay. */
function isSpent(name: string, kind: "replay" | "move"): boolean {
  if (name === "x-delivery-count" || name === "x-acquired-count") return true;
  return kind === "replay" && counted.test(name);
}

/**
 * How important a header is when a copy has no room for all. 0: never left out. 1: the framework's own. 2: the message's own.
 * 3: the first to go.
 */
export function importanceOf(name: string): 0 | 1 | 2 | 3 {
  if (name === headerNames.errorStack) return 3;
  const rule = byHeader.get(name);
  if (rule) return rule.vital ? 0 : 1;
  return name === `${originalPrefix}x-death` ? 1 : 2;
}

/** Whether a copy of this kind writes the header itself. */
export function isWrittenBy(kind: CopyKind, name: string): boolean {
  return byHeader.get(name)?.fates[kind] === "written";
}
