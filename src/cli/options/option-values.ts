/** Reads the values of options, for commands with a definition: a string, one of a list, a number. */
import { closest } from "../../util/closest.ts";
import { UsageError } from "../common/errors.ts";

type Options = ReadonlyMap<string, string | true>;

/** Reads the options of one command. Its errors show how to type the command. */
export class OptionValues {
  readonly #command: string;
  readonly #options: Options;

  constructor(command: string, options: Options) {
    this.#command = command;
    this.#options = options;
  }

  has(name: string): boolean {
    return this.#options.has(name);
  }

  text(name: string): string | undefined {
    const value = this.#options.get(name);
    if (value === true || value === "") throw this.usage(`--${name} has no value.`);
    return value;
  }

  oneOf<T extends string>(name: string, known: readonly T[]): T | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const found = known.find((one) => one === value.trim().toLowerCase());
    if (found !== undefined) return found;
    const meant = closest(value, known);
    const cure = meant ? `Did you mean \`--${name} ${meant}\`?` : `Known values: ${known.join(", ")}.`;
    throw this.usage(`--${name} cannot be "${value}". ${cure}`);
  }

  /** A whole number from 1. */
  count(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (/^\d{1,9}$/.test(value.trim()) && Number(value) > 0) return Number(value);
    throw this.usage(`--${name} cannot be "${value}": the value must be a whole number, 1 or more.`);
  }

  /** "50" or "50/s". */
  perSecond(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const [, number] = /^(\d{1,6}(?:\.\d{1,6})?)(?:\/s)?$/.exec(value.trim()) ?? [];
    if (number !== undefined && Number(number) > 0) return Number(number);
    throw this.usage(
      `--${name} cannot be "${value}": the value must be a number of messages per second, as in --${name} 50/s.`,
    );
  }

  usage(problem: string, example?: string): UsageError {
    const cure = example === undefined ? "" : ` Try \`tomodachi ${this.#command} ${example}\`.`;
    return new UsageError(`${problem}${cure}`);
  }
}
