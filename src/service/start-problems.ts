/** Everything that is wrong with a service and its handlers, collected, so that one start reports all of it. */
import { isInstance, TomodachiError } from "../errors.ts";
import { ConfigurationError } from "./errors.ts";

export class StartProblems {
  readonly #errors: TomodachiError[] = [];

  /** Runs a check. An error of this package is kept for later; any other one is thrown at once. */
  collect(check: () => void): void {
    try {
      check();
    } catch (error) {
      if (!isInstance(error, TomodachiError)) throw error;
      this.#errors.push(error);
    }
  }

  /** Throws what was collected: a single error as it is, several as one that lists every problem by its place. */
  refuse(): void {
    const [first, ...more] = this.#errors;
    if (first === undefined) return;
    throw more.length === 0 ? first : merged(this.#errors);
  }
}

/** The problems of one place are listed together, each once, in the order in which the places were checked. */
function merged(errors: readonly TomodachiError[]): ConfigurationError {
  const places = new Map<string, string[]>();
  const others: string[] = [];
  for (const error of errors) {
    if (!isInstance(error, ConfigurationError) || error.place === undefined) others.push(error.message);
    else places.set(error.place, [...new Set([...(places.get(error.place) ?? []), ...error.problems])]);
  }
  const [causes, texts] = [errors.find(({ code }) => code !== "ERR_CONFIGURATION"), [...places].map(listOf)];
  return new ConfigurationError([...texts, ...new Set(others)].join("\n"), { cause: causes });
}

function listOf([place, problems]: readonly [string, readonly string[]]): string {
  return `${place} is configured wrongly:${problems.map((problem) => `\n  - ${problem}`).join("")}`;
}
