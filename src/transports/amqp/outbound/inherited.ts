/** What a message inherits from the one whose handler sends it: its conversation, its cause, and the forwarded headers. */
import { headerBytes } from "../../../amqp-client/header-values.ts";
import type { OutgoingMessage } from "../../../amqp-client/outgoing-message.ts";
import { clauseOf, memberOf, textMemberOf } from "../../../errors.ts";
import type { Logger } from "../../../log/logger.ts";
import { followedContext } from "../../../service/current-context.ts";
import type { ServiceContext } from "../../../service/transport.ts";
import { isPromise } from "../../../util/is-promise.ts";
import { headerNames } from "../names/headers.ts";
import { idIn } from "../names/message-id.ts";
import type { ResolvedAmqpOptions } from "../options/options.ts";
import { buildOutgoing, buildUnlimited } from "./outgoing.ts";
import type { PublishOptions } from "./publish-options.ts";

/** Read when the service calls publish: it may be sent in the turn of another message. */
export interface Inherited {
  readonly correlationId: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  /** The propagated header was left out of a publish that had no room for it. */
  leftOut(name: string): void;
}

const noHeaders: Inherited["headers"] = Object.freeze({});
const nothing: Inherited = Object.freeze({ correlationId: undefined, headers: noHeaders, leftOut: () => {} });

/** What the messages of one service inherit, on one connection. */
export class Inheritance {
  readonly #propagated: readonly string[];
  readonly #warned = new Set<string>();
  /** Tables and lists of headers, with why they cannot be sent: a handler may send a thousand messages with the same one. */
  readonly #checked = new WeakMap<object, string | undefined>();

  /** `propagated` are the names of headers. */
  constructor(propagated: readonly string[]) {
    this.#propagated = propagated;
  }

  /** A message that was not sent by an AMQP handler inherits nothing, and starts a conversation. */
  now(): Inherited {
    const handled = followedContext();
    if (handled === undefined) return nothing;
    // A message of another client may have no id at all, but its headers are forwarded.
    const correlationId = textMemberOf(handled, "correlationId");
    const headers: [name: string, value: unknown][] = [];
    const came = this.#propagated.length > 0 ? ownMembers(memberOf(handled, "headers")) : undefined;
    for (const name of this.#propagated) {
      // The prototype of an object has members too: a header may be called "constructor".
      if (!came || !Object.hasOwn(came, name)) continue;
      const problem = this.#problemOf(came[name]);
      if (problem === undefined) headers.push([name, came[name]]);
      else this.#warn(handled, name, `a publish cannot carry it: it ${problem}`);
    }
    // The sender chooses the ids, also that in an envelope.
    const cause =
      idIn(memberOf(handled, "messageUuid")) ?? idIn(memberOf(memberOf(handled, "properties"), "messageId"));
    if (cause !== undefined && headerProblem(cause) === undefined) headers.push([headerNames.causationId, cause]);
    const leftOut = (name: string): void =>
      this.#warn(handled, name, "a publish had no room for it: all headers must fit into one frame (frame_max)");
    return { correlationId, headers: Object.fromEntries(headers), leftOut };
  }

  #problemOf(value: unknown): string | undefined {
    // Octets were read as it, so octets can be made of it.
    if (typeof value === "string" || typeof value === "boolean") return undefined;
    if (typeof value !== "object" || value === null) return headerProblem(value);
    if (!this.#checked.has(value)) this.#checked.set(value, headerProblem(value));
    return this.#checked.get(value);
  }

  /** The sender may send millions of such messages. */
  #warn(handled: unknown, name: string, why: string): void {
    if (this.#warned.has(name)) return;
    this.#warned.add(name);
    const { logger } = handled as { readonly logger: Logger };
    logger.warn(`The header "${name}" of this message is not propagated, because ${why} (logged once per header).`);
  }
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
  inheritance: Inheritance,
): OutgoingMessage | Promise<OutgoingMessage> {
  const built = buildUnlimited(context, resolved, data, options);
  if (!context.followsContext) return built;
  const inherited = inheritance.now();
  return isPromise(built) ? built.then((message) => inRequest(message, inherited)) : inRequest(built, inherited);
}

function withInherited(message: OutgoingMessage, inherited: Inherited): OutgoingMessage {
  const { properties } = message;
  properties.correlationId ??= inherited.correlationId ?? properties.messageId;
  return withHeaders(message, inherited.headers, inherited);
}

function inRequest(message: OutgoingMessage, inherited: Inherited): OutgoingMessage {
  const id = inherited.correlationId ?? message.properties.messageId;
  const { headers } = inherited;
  return withHeaders(message, id === undefined ? headers : { [headerNames.correlationId]: id, ...headers }, inherited);
}

function withHeaders(message: OutgoingMessage, headers: Inherited["headers"], { leftOut }: Inherited): OutgoingMessage {
  if (headers === noHeaders) return message;
  const { properties } = message;
  const given = properties.headers ?? noHeaders;
  properties.headers = { ...headers, ...given };
  const names = Object.keys(headers).filter((name) => !isOwn(name) && !Object.hasOwn(given, name));
  if (names.length > 0) message.spare = [{ names, leftOut }];
  return message;
}

/** Ids take little room. */
function isOwn(name: string): boolean {
  return name === headerNames.causationId || name === headerNames.correlationId;
}
