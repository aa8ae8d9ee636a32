/** Completion scripts for shells, made from the tables of commands and options, so they match this version. */
import type { Option } from "../options/option.ts";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

export interface CompletedCommand {
  readonly name: string;
  /** The words that may follow the name, such as `list` and `show`. */
  readonly actions: readonly string[];
  /** The names of options, without those that the help does not mention. */
  readonly options: readonly string[];
}

export interface CompletedLine {
  readonly commands: readonly CompletedCommand[];
  readonly options: Readonly<Record<string, Option>>;
}

export function completionScript(shell: Shell, line: CompletedLine): string {
  if (shell === "bash") return bashScript(line);
  return shell === "zsh" ? zshScript(line) : fishScript(line);
}

/** The values of an option; undefined for a flag, empty if any word is accepted. */
function valuesOf({ type, values, placeholder = "" }: Option): readonly string[] | undefined {
  if (type === "boolean") return undefined;
  if (values) return [...new Set(Object.values(values))];
  return placeholder.includes("|") ? placeholder.split("|") : [];
}

/** The shell cases that return the values of an option that was typed just before. */
function valueCases({ options }: CompletedLine, reply: (values: readonly string[]) => string): readonly string[] {
  return Object.entries(options).flatMap(([name, option]) => {
    const values = valuesOf(option);
    if (!values || option.help === undefined) return [];
    const flags = `${option.short ? `-${option.short}|` : ""}--${name}`;
    return [`    ${flags}) ${reply(values)} ;;`];
  });
}

function flagsOf({ options: names }: CompletedCommand): string {
  return names.map((name) => `--${name}`).join(" ");
}

function bashScript(line: CompletedLine): string {
  const words = (list: readonly string[]): string => `COMPREPLY=($(compgen -W '${list.join(" ")}' -- "$cur")); return`;
  return [
    '# Completion of tomodachi for bash: eval "$(tomodachi completion bash)"',
    "_tomodachi() {",
    '  local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" command="" action="" word',
    "  COMPREPLY=()",
    '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
    "    [[ $word == -* ]] && continue",
    "    if [[ -z $command ]]; then command=$word; elif [[ -z $action ]]; then action=$word; fi",
    "  done",
    '  case "$prev" in',
    ...valueCases(line, (values) =>
      values.length > 0 ? words(values) : 'COMPREPLY=($(compgen -f -- "$cur")); return',
    ),
    "  esac",
    `  if [[ -z $command && $cur != -* ]]; then ${words(line.commands.map(({ name }) => name))}; fi`,
    '  case "$command" in',
    ...line.commands.flatMap((command) => [
      `    ${command.name})`,
      `      if [[ $cur == -* ]]; then ${words(flagsOf(command).split(" "))}; fi`,
      ...(command.actions.length > 0 ? [`      if [[ -z $action ]]; then ${words(command.actions)}; fi`] : []),
      "      ;;",
    ]),
    `    *) if [[ $cur == -* ]]; then ${words(["--help", "--version"])}; fi ;;`,
    "  esac",
    '  COMPREPLY=($(compgen -f -- "$cur"))',
    "}",
    "complete -o filenames -F _tomodachi tomodachi",
  ].join("\n");
}

function zshScript(line: CompletedLine): string {
  const words = (list: readonly string[]): string => `compadd -- ${list.join(" ")}; return`;
  return [
    "#compdef tomodachi",
    '# Completion of tomodachi for zsh: eval "$(tomodachi completion zsh)"',
    "_tomodachi() {",
    '  local cur="${words[CURRENT]}" prev="${words[CURRENT-1]}" command="" action="" word',
    '  for word in "${(@)words[2,CURRENT-1]}"; do',
    "    [[ $word == -* ]] && continue",
    "    if [[ -z $command ]]; then command=$word; elif [[ -z $action ]]; then action=$word; fi",
    "  done",
    '  case "$prev" in',
    ...valueCases(line, (values) => (values.length > 0 ? words(values) : "_files; return")),
    "  esac",
    `  if [[ -z $command && $cur != -* ]]; then ${words(line.commands.map(({ name }) => name))}; fi`,
    '  case "$command" in',
    ...line.commands.flatMap((command) => [
      `    ${command.name})`,
      `      if [[ $cur == -* ]]; then ${words(flagsOf(command).split(" "))}; fi`,
      ...(command.actions.length > 0 ? [`      if [[ -z $action ]]; then ${words(command.actions)}; fi`] : []),
      "      ;;",
    ]),
    `    *) if [[ $cur == -* ]]; then ${words(["--help", "--version"])}; fi ;;`,
    "  esac",
    "  _files",
    "}",
    "compdef _tomodachi tomodachi",
  ].join("\n");
}

function fishScript({ commands, options }: CompletedLine): string {
  const quoted = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const names = commands.map(({ name }) => name).join(" ");
  const lines = [
    "# Completion of tomodachi for fish: tomodachi completion fish | source",
    `complete -c tomodachi -n ${quoted(`not __fish_seen_subcommand_from ${names}`)} -f -a ${quoted(names)}`,
  ];
  for (const { name, actions, options: own } of commands) {
    const seen = `__fish_seen_subcommand_from ${name}`;
    if (actions.length > 0) {
      const none = `${seen}; and not __fish_seen_subcommand_from ${actions.join(" ")}`;
      lines.push(`complete -c tomodachi -n ${quoted(none)} -f -a ${quoted(actions.join(" "))}`);
    }
    for (const option of own)
      lines.push(`complete -c tomodachi -n ${quoted(seen)} ${fishOption(option, options[option])}`);
  }
  return lines.join("\n");

  function fishOption(name: string, option: Option | undefined): string {
    const { short, help = "" } = option ?? { type: "boolean" };
    const values = option && valuesOf(option);
    const takes = values === undefined ? "" : values.length > 0 ? ` -x -a ${quoted(values.join(" "))}` : " -r";
    return `-l ${name}${short ? ` -s ${short}` : ""}${takes} -d ${quoted(help.split("\n")[0] ?? "")}`;
  }
}
