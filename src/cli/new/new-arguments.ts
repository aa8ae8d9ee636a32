/** What `tomodachi new` has to create, from the words after it. */
import { nameProblem, similarName } from "../../scaffold/project-name.ts";
import { type TemplateName, templateNames } from "../../scaffold/templates.ts";
import type { CommandWords } from "../options/command-definition.ts";
import { OptionValues } from "../options/option-values.ts";

export interface NewSettings {
  readonly name: string;
  readonly template: TemplateName;
  /** The folder as it was typed. */
  readonly folder: string;
  readonly install: boolean;
  /** A version, or the path of a tarball; undefined for this version. */
  readonly tomodachi: string | undefined;
}

/** @throws UsageError for a word without a meaning, and for something that is missing */
export function newSettings({ positionals, options }: CommandWords): NewSettings {
  const values = new OptionValues("new", options);
  const [name, ...others] = positionals;
  if (name === undefined) throw values.usage("`tomodachi new` needs the name of a project.", "orders");
  if (others[0] !== undefined) {
    throw values.usage(`\`tomodachi new\` takes one name, and "${others[0]}" was given as well.`);
  }
  const problem = nameProblem(name);
  if (problem !== undefined) {
    throw values.usage(`"${name}" cannot be the name of a project: ${problem}.`, similarName(name));
  }
  return {
    name,
    template: values.oneOf("template", templateNames) ?? "minimal",
    folder: values.text("folder") ?? name,
    install: values.has("install"),
    tomodachi: values.text("tomodachi"),
  };
}
