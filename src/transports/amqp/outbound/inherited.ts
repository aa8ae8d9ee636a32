/** What a message inherits from the one whose handler sends it: its conversation, its cause, and the forwarded headers. */
import { headerBytes } from "../../../amqp-client/header-values.ts";
import type { OutgoingMessage } from "../../../amqp-client/outgoing-message.ts";
import { clauseOf, memberOf, textMemberOf } from "../../../errors.ts";
import type { Logger } from "../../../log/logger.ts";
import { followedContext } from "../../../service/current-context.ts";
import type { ServiceContext } from "../../../service/transport.ts";
import { isPromise } from "../../../util/is-promise.ts";
import { headerNames } from "../names/headers.ts";
import type { ResolvedAmqpOptions } from "../options/options.ts";
import { buildOutgoing, buildUnlimited } from "./outgoing.ts";
import type { PublishOptions } from "./publish-options.ts";

/** Read when the service calls publish: it may be sent in the turn of another message. */
export interface Inherited {
  readonly correlationId: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
}

const nothing: Inherited = Object.freeze({ correlationId: undefined, headers: Object.freeze({}) });

/** `propagated` are the names of headers. A message that was not sent by an AMQP handler inherits nothing, and starts a conversation. */
export function inheritedNow(propagated: readonly string[]): Inherited {
  const handled = followedContext();
  if (handled === undefined) return nothing;
  // A message of another client may have no id at all, but its headers are forwarded.
  const correlationId = textMemberOf(handled, "correlationId");
  const headers: [name: string, value: unknown][] = [];
  const came = propagated.length > 0 ? ownMembers(memberOf(handled, "headers")) : undefined;
  for (const name of propagated) {
    // The prototype of an object has members too: a header may be called "constructor".
    if (!came || !Object.hasOwn(came, name)) continue;
    const problem = headerProblem(came[name]);
    if (problem === undefined) headers.push([name, came[name]]);
    else warnOf(handled, name, problem);
  }
  const cause = textMemberOf(handled, "messageUuid") ?? textMemberOf(memberOf(handled, "properties"), "messageId");
  if (cause !== undefined && headerProblem(cause) === undefined) headers.push([headerNames.causationId, cause]);
  return { correlationId, headers: Object.fromEntries(headers) };
}

/** Why a publish cannot carry what came: tables that are too deep, numbers that are not finite. Its sender must not fail the publish. */
function headerProblem(value: unknown): string | undefined {
  try {
    headerBytes({ "": value });
    return undefined;
  } catch (error) {
    return clauseOf(error);
  }
}

function warnOf(handled: unknown, name: string, problem: string): void {
  const { logger } = handled as { readonly logger: Logger };
  logger.warn(
    `The header "${name}" of this message is not propagated, because a publish cannot carry it: it ${problem}.`,
  );
}

function ownMembers(headers: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof headers === "object" && headers !== null ? (headers as Record<string, unknown>) : undefined;
}

/** See `buildOutgoing`. What was given to the publish itself stays. */
export function buildPublish(
  context: ServiceContext,
  resolved: ResolvedAmqpOptions,
  data: unknown,
  options: PublishOptions,
  inherited: Inherited | undefined,
): OutgoingMessage | Promise<OutgoingMessage> {
  const built = buildOutgoing(context, resolved, data, options);
  if (!inherited) return built;
  return isPromise(built)
    ? built.then((message) => withInherited(message, inherited))
    : withInherited(built, inherited);
}

/** See `buildUnlimited`. The property of a request is how its reply finds it, so the conversation is a header. */
export function buildRequest(
  context: ServiceContext,
  resolved: ResolvedAmqpOptions,
  data: unknown,
  options: PublishOptions,
): OutgoingMessage | Promise<OutgoingMessage> {
  const built = buildUnlimited(context, resolved, data, options);
  if (!context.followsContext) return built;
  const inherited = inheritedNow(resolved.publishing.propagateHeaders);
  return isPromise(built) ? built.then((message) => inRequest(message, inherited)) : inRequest(built, inherited);
}

function withInherited(message: OutgoingMessage, { correlationId, headers }: Inherited): OutgoingMessage {
  const { properties } = message;
  properties.correlationId ??= correlationId ?? properties.messageId;
  return withHeaders(message, headers);
}

function inRequest(message: OutgoingMessage, { correlationId, headers }: Inherited): OutgoingMessage {
  const id = correlationId ?? message.properties.messageId;
  return withHeaders(message, id === undefined ? headers : { [headerNames.correlationId]: id, ...headers });
}

function withHeaders(message: OutgoingMessage, headers: Inherited["headers"]): OutgoingMessage {
  const { properties } = message;
  if (headers !== nothing.headers) properties.headers = { ...headers, ...properties.headers };
  return message;
}
