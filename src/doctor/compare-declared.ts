/** Compares an exchange or a queue on the broker with what a service would declare. It creates nothing. */
import type { AmqpConnection } from "../amqp-client/connection.ts";
import { differenceIn } from "../amqp-client/reply-text.ts";
import type { ExchangeDeclaration, QueueDeclaration } from "../amqp-client/topology.ts";
import { ask } from "./ask.ts";

/** One property that differs from its declaration. A value of undefined means that the property is absent. */
export interface DifferentArgument {
  readonly argument: string;
  readonly wanted: unknown;
  readonly current: unknown;
}

export type Comparison =
  | { readonly state: "missing" }
  | { readonly state: "same"; readonly messages?: number; readonly consumers?: number }
  | {
      readonly state: "different";
      /** Empty if the broker does not say which properties differ. */
      readonly differences: readonly DifferentArgument[];
      readonly words: string;
    }
  | { readonly state: "unknown"; readonly why: string };

/** The broker names one difference at a time. A queue has at most this many arguments. */
const mostDifferences = 30;

/**
 * A declaration that matches the existing object changes nothing, and a different one is refused with 406 (PRECONDITION_FAILED): this shows
 * whether they are equal. It is sent only for an object that existed just before, on the same channel.
 */
export async function compareQueue(
  connection: AmqpConnection,
  { name, arguments: wanted }: QueueDeclaration,
): Promise<Comparison> {
  const looked = await ask(connection, (channel) => channel.checkQueue(name));
  if (looked.kind === "refused") return notSeen(looked.replyCode, looked.words);
  const { messageCount: messages, consumerCount: consumers } = looked.value;
  const declare = (given: Readonly<Record<string, unknown>>): ReturnType<typeof ask> =>
    ask(connection, async (channel) => {
      await channel.checkQueue(name);
      return channel.assertQueue(name, { durable: true, arguments: given });
    });
  const answer = await compare(wanted, declare);
  return answer.state === "same" ? { ...answer, messages, consumers } : answer;
}

export async function compareExchange(
  connection: AmqpConnection,
  { name, type, arguments: wanted = {} }: ExchangeDeclaration,
): Promise<Comparison> {
  const looked = await ask(connection, (channel) => channel.checkExchange(name));
  if (looked.kind === "refused") return notSeen(looked.replyCode, looked.words);
  const declare = (given: Readonly<Record<string, unknown>>): ReturnType<typeof ask> =>
    ask(connection, async (channel) => {
      await channel.checkExchange(name);
      return channel.assertExchange(name, type, { durable: true, arguments: given });
    });
  return compare(wanted, declare, { type, durable: true });
}

/** Declares repeatedly, each time with the broker's value for the argument that differed, until nothing differs any more. */
async function compare(
  wanted: Readonly<Record<string, unknown>>,
  declare: (given: Readonly<Record<string, unknown>>) => ReturnType<typeof ask>,
  properties: Readonly<Record<string, unknown>> = { durable: true },
): Promise<Comparison> {
  const given: Record<string, unknown> = { ...wanted };
  const differences: DifferentArgument[] = [];
  let words = "";
  while (differences.length < mostDifferences) {
    const answer = await declare(given);
    if (answer.kind === "done") break;
    if (answer.replyCode === 403) {
      return {
        state: "unknown",
        why: `the login is not allowed to declare it, so its arguments were not compared (${answer.words})`,
      };
    }
    if (answer.replyCode === 404) return { state: "missing" };
    words ||= answer.words;
    const found = differenceIn(answer.words);
    if (!found || differences.some(({ argument }) => argument === found.argument)) break;
    const { argument, current } = found;
    differences.push({ argument, wanted: wanted[argument] ?? properties[argument], current });
    // A different property that is not an argument hides differences in the arguments.
    if (!argument.includes("-")) break;
    if (current === undefined) delete given[argument];
    else given[argument] = current;
  }
  return words === "" ? { state: "same" } : { state: "different", differences, words };
}

function notSeen(replyCode: number, words: string): Comparison {
  if (replyCode === 404) return { state: "missing" };
  if (replyCode === 405) return { state: "unknown", why: `another connection owns it exclusively (${words})` };
  return { state: "unknown", why: `the login is not allowed to look at it (${words})` };
}
