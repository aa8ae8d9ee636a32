/** The reply options of a subscription, checked and completed. */
import type { StandardSchema } from "../../../service/standard-schema.ts";
import { type FieldChecks, flag, oneOf } from "../../../util/check-fields.ts";
import { isRequestContract } from "../contracts/request.ts";

/** The options of `@amqp` for handlers that answer requests. */
export interface ReplyOptions {
  /**
   * Sends what the handler returns back to the caller. A message without a reply address is handled like any other. A contract of
   * `request()` sets this itself.
   * @default false
   */
  readonly reply?: boolean | undefined;
  /** Sends the stack of an error with the reply. It shows the caller how this service is built. @default false */
  readonly replyStacks?: boolean | undefined;
  /**
   * What happens to a request whose handler failed, after the error was sent back: it is acknowledged, or also dead-lettered. The `retry`
   * of the service does not apply to requests. The `retry` of the subscription does, and then the error is sent after the last run.
   * @default "acknowledge"
   */
  readonly onError?: "acknowledge" | "dead-letter" | undefined;
}

export const replyChecks: FieldChecks = {
  // `@amqp(contract)` passes the contract itself, so that decorators with different contracts have different options.
  reply: { expected: "true or false", fits: (value) => typeof value === "boolean" || isRequestContract(value) },
  replyStacks: flag,
  onError: oneOf("acknowledge", "dead-letter"),
};

/** How a subscription answers. */
export interface ReplyPlan {
  /** The schema of each reply. */
  readonly replySchema: StandardSchema | undefined;
  /** Options that the envelope receives for each reply. */
  readonly replyOptions: Readonly<Record<string, unknown>> | undefined;
  readonly stacks: boolean;
  readonly onError: "acknowledge" | "dead-letter";
}

const nothingSaid = { reply: undefined, replyOptions: undefined };

/** Undefined if the handler does not answer. */
export function resolveReply({ reply, replyStacks, onError }: ReplyOptions): ReplyPlan | undefined {
  if (!reply) return undefined;
  const contract: unknown = reply;
  const { reply: replySchema, replyOptions } = isRequestContract(contract) ? contract : nothingSaid;
  return { replySchema, replyOptions, stacks: replyStacks ?? false, onError: onError ?? "acknowledge" };
}

/** Reply options on a handler that does not answer, and options that do not work with replies. */
export function replyProblems(own: ReplyOptions & { readonly circuitBreaker?: unknown }): string[] {
  const given = (["replyStacks", "onError"] as const).filter((name) => own[name] !== undefined);
  if (!own.reply) return given.map((name) => `options.${name} affects only replies, so it needs reply: true.`);
  if (own.circuitBreaker === undefined) return [];
  return [
    "options.circuitBreaker cannot be used with reply: true: a request would wait for the end of a pause, but its sender no longer waits for the reply.",
  ];
}
