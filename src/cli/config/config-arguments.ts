/** What `tomodachi config` has to show, from the words after it. */

import type { Environment } from "../common/run-surroundings.ts";
import type { CommandWords } from "../options/command-definition.ts";
import { OptionValues } from "../options/option-values.ts";
import { type RunSettings, runSettings } from "../run/run-arguments.ts";

export interface ConfigSettings {
  /** The settings that `tomodachi run` would get from the same words. */
  readonly run: RunSettings;
  /** The options that were typed. */
  readonly typed: ReadonlySet<string>;
  /** Whether only values are shown that are not defaults. */
  readonly changed: boolean;
  readonly json: boolean;
  readonly environment: Environment;
}

/** @throws UsageError for a word without a meaning, and for something that is missing */
export function configSettings({
  positionals,
  services,
  options: typed,
  lists,
  environment,
}: CommandWords): ConfigSettings {
  const paths = [...positionals, ...services];
  const values = new OptionValues("config", typed);
  if (paths.length === 0) throw values.usage("`tomodachi config` needs a file or a folder.", "service/");
  return {
    run: runSettings(paths, { options: typed, lists, environment }),
    typed: new Set(typed.keys()),
    changed: values.has("changed"),
    json: values.has("json"),
    environment,
  };
}
