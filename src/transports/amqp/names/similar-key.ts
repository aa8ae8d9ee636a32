/** "Did you mean ...?" for a routing key that no handler gets. */
import { closest } from "../../../util/closest.ts";

/**
 * The most similar key that one of the patterns matches. Words that a pattern leaves open stay as they are in the key. Undefined if the key
 * itself matches, because then it is not the key that is wrong.
 */
export function similarKey(routingKey: string, patterns: readonly string[]): string | undefined {
  const words = routingKey.split(".");
  const keys = patterns.flatMap((pattern) => filledIn(pattern.split("."), words));
  if (keys.includes(routingKey)) return undefined;
  return closest(
    routingKey,
    keys.filter((key) => isSimilar(key.split("."), words)),
  );
}

/** What a handler is bound by. */
interface Bound {
  readonly patterns: readonly string[];
  readonly exchangeName: string;
  readonly exchangeType: string;
}

/**
 * The most similar key that one of the handlers gets. `exchange`: only of handlers on this exchange. Handlers whose exchange does not route
 * by keys are left out.
 */
export function meantKey(
  routingKey: string,
  exchange: string | undefined,
  handlers: readonly Bound[],
): string | undefined {
  const routed = handlers.filter(
    ({ exchangeName, exchangeType }) =>
      (exchange === undefined || exchangeName === exchange) && (exchangeType === "topic" || exchangeType === "direct"),
  );
  return similarKey(
    routingKey,
    routed.flatMap(({ patterns }) => patterns),
  );
}

/** A long key whose words are equal but for one is not similar by its equal words: the other word has to be similar too. */
function isSimilar(key: readonly string[], words: readonly string[]): boolean {
  return key.length !== words.length || key.every((word, at) => closest(words[at] ?? "", [word]) !== undefined);
}

/** The pattern as a key: `order.*.paid` with the words of "order.42.piad" is "order.42.paid". Empty where the key has too few words. */
function filledIn(pattern: readonly string[], words: readonly string[]): readonly string[] {
  const many = pattern.indexOf("#");
  if (many === -1) {
    const filled = pattern.map((word, at) => (word === "*" ? words[at] : word));
    return filled.includes(undefined) ? [] : [filled.join(".")];
  }
  const after = pattern.length - many - 1;
  const between = words.slice(many, Math.max(many, words.length - after));
  const longer = [...pattern.slice(0, many), ...between, ...pattern.slice(many + 1)];
  return longer.includes("#") ? [] : filledIn(longer, words);
}
