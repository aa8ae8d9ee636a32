/** What `tomodachi schedule` has to do, from the words after it. */
import type { LogLevel } from "../../log/logger.ts";
import { closest } from "../../util/closest.ts";
import { UsageError } from "../common/errors.ts";

export interface ScheduleSettings {
  readonly action: ScheduleAction;
  /** The schedule to start; undefined for `list`. */
  readonly schedule: string | undefined;
  /** Service files and folders, as they were typed; at least one. */
  readonly paths: readonly string[];
  readonly json: boolean;
  /** The URL of the broker, from `--broker`. */
  readonly url: string | undefined;
  readonly logLevel: LogLevel;
}

export type ScheduleAction = "list" | "trigger";

const actions: readonly ScheduleAction[] = ["list", "trigger"];

/** @throws UsageError for a word without a meaning, and for something that is missing */
export function scheduleSettings(
  { positionals, services }: { readonly positionals: readonly string[]; readonly services: readonly string[] },
  given: Pick<ScheduleSettings, "json" | "url" | "logLevel">,
): ScheduleSettings {
  const [word, ...rest] = positionals;
  const action = actionOf(word);
  const schedule = action === "trigger" ? rest[0] : undefined;
  const others = [...(action === "trigger" ? rest.slice(1) : rest), ...services];
  if (action === "trigger" && schedule === undefined) {
    throw usage(
      "`tomodachi schedule trigger` needs the name of a schedule and a service.",
      "trigger bill --service service/",
    );
  }
  if (action === "trigger" && others.length === 0) {
    throw usage(
      `\`tomodachi schedule trigger ${schedule}\` needs a service: the service says where its queue is.`,
      `trigger ${/[\\/]|\.[cm]?[jt]s$/.test(schedule ?? "") ? `bill --service ${schedule}` : `${schedule} --service service/`}`,
    );
  }
  if (others.length === 0) throw usage("`tomodachi schedule list` needs a file or a folder.", "list service/");
  return { action, schedule, paths: others, ...given };
}

function actionOf(word: string | undefined): ScheduleAction {
  const action = actions.find((name) => name === word);
  if (action) return action;
  const known = `Known: ${actions.join(", ")}.`;
  if (word === undefined) throw usage(`\`tomodachi schedule\` needs an action. ${known}`);
  const meant = closest(word, actions);
  throw usage(
    `\`tomodachi schedule\` has no action "${word}". ${meant ? `Did you mean \`tomodachi schedule ${meant}\`?` : known}`,
  );
}

function usage(problem: string, example?: string): UsageError {
  const cure = example === undefined ? "" : ` Try \`tomodachi schedule ${example}\`.`;
  return new UsageError(`${problem}${cure}`);
}
