/** Which pattern of a topic exchange a routing key matches: `*` is one word, `#` is zero or more words. */

export function topicMatches(pattern: string, routingKey: string): boolean {
  return matches(pattern.split("."), 0, routingKey.split("."), 0);
}

function matches(pattern: readonly string[], at: number, words: readonly string[], from: number): boolean {
  if (at === pattern.length) return from === words.length;
  const part = pattern[at];
  if (part === "#") {
    for (let next = from; next <= words.length; next++) if (matches(pattern, at + 1, words, next)) return true;
    return false;
  }
  if (from === words.length) return false;
  return (part === "*" || part === words[from]) && matches(pattern, at + 1, words, from + 1);
}
