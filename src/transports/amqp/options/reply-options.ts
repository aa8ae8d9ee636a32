/** The reply options of a subscription, checked and completed. */
import type { StandardSchema } from "../../../service/standard-schema.ts";
import { type FieldChecks, flag, oneOf } from "../../../util/check-fields.ts";
import { isRequestContract } from "../contracts/request.ts";

/** The options of `@amqp` for handlers that answer. */
export interface ReplyOptions {
  /**
   * What the handler returns is sent back to the caller. A message without a reply address is handled like any other. A contract
   * made by `request()` includes it.
   * @default false
   */
  readonly reply?: boolean | undefined;
  /** Send the stack of an error with it. It shows the caller how this service is built. @default false */
  readonly replyStacks?: boolean | undefined;
  /**
   * What becomes of a request whose error was sent back: it is acknowledged, or dead-lettered as well. The service's `retry` does
   * not hold for requests; the subscription's own does, and the error is sent when no run is left.
   * @default "acknowledge"
   */
  readonly onError?: "acknowledge" | "dead-letter" | undefined;
}

export const replyChecks: FieldChecks = {
  // A contract comes here from `@amqp(contract)`, so that decorators of two contracts have unequal options.
  reply: { expected: "true or false", fits: (value) => typeof value === "boolean" || isRequestContract(value) },
  replyStacks: flag,
  onError: oneOf("acknowledge", "dead-letter"),
};

/** How a subscription answers. */
export interface ReplyPlan {
  /** What each reply must fit. */
  readonly replySchema: StandardSchema | undefined;
  /** Options that the envelope receives for each reply. */
  readonly replyOptions: Readonly<Record<string, unknown>> | undefined;
  readonly stacks: boolean;
  readonly onError: "acknowledge" | "dead-letter";
}

const nothingSaid = { reply: undefined, replyOptions: undefined };

/** Undefined where nothing is answered. */
export function resolveReply({ reply, replyStacks, onError }: ReplyOptions): ReplyPlan | undefined {
  if (!reply) return undefined;
  const contract: unknown = reply;
  const { reply: replySchema, replyOptions } = isRequestContract(contract) ? contract : nothingSaid;
  return { replySchema, replyOptions, stacks: replyStacks ?? false, onError: onError ?? "acknowledge" };
}

/** Options for replies on a handler without replies, or options that cannot be used with replies. */
export function replyProblems(own: ReplyOptions & { readonly circuitBreaker?: unknown }): string[] {
  const given = (["replyStacks", "onError"] as const).filter((name) => own[name] !== undefined);
  if (!own.reply) return given.map((name) => `options.${name} affects only replies, so it needs reply: true.`);
  if (own.circuitBreaker === undefined) return [];
  return [
    "options.circuitBreaker cannot be used with reply: true: a request would wait for the end of a pause, but its sender no longer waits for the reply.",
  ];
}
