/** Environment variables with our prefix that nothing reads: a misspelled one would be ignored without a message. */
import { closest } from "./closest.ts";

/** What to look for. */
export interface KnownVariables {
  /** Every variable with this prefix is ours. */
  readonly prefix: string;
  /** What may follow the prefix. */
  readonly known: readonly string[];
  /** What other programs call them, behind the prefix. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** Beginnings, after the prefix, of names that belong to other software. */
  readonly others?: readonly string[];
}

/** Each unknown variable, with the one that was probably meant: `TOMODACHI_AMQP_URI (did you mean TOMODACHI_AMQP_URL?)`. */
export function unknownVariables(
  environment: Readonly<Record<string, string | undefined>>,
  { prefix, known, aliases = {}, others = [] }: KnownVariables,
): readonly string[] {
  const unknown: string[] = [];
  for (const [name, value] of Object.entries(environment)) {
    const word = name.toUpperCase();
    if (!value || !word.startsWith(prefix) || isOfKubernetes(word, value)) continue;
    const rest = word.slice(prefix.length);
    if (others.some((beginning) => rest.startsWith(beginning))) continue;
    // If the system ignores case, a variable in lower case is read as well.
    if (known.includes(rest) && environment[word] === value) continue;
    const meant = known.includes(rest) ? rest : (Object.hasOwn(aliases, rest) && aliases[rest]) || closest(rest, known);
    unknown.push(meant ? `${name} (did you mean ${prefix}${meant}?)` : name);
  }
  return unknown;
}

/** Kubernetes sets variables in every pod that are named after the services of its namespace. */
export function isOfKubernetes(name: string, value: string): boolean {
  return (
    /_SERVICE_(?:HOST|PORT)(?:_|$)|_PORT_\d+_(?:TCP|UDP|SCTP)(?:_|$)/.test(name) || /^(?:tcp|udp|sctp):\/\//.test(value)
  );
}
