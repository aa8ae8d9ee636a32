/** The actions of `tomodachi dlq`, and the options of each. */

export type DlqActionName = "list" | "show" | "replay" | "move" | "purge" | "export" | "import";

export const dlqActions: readonly DlqActionName[] = ["list", "show", "replay", "move", "purge", "export", "import"];
const allButImport: readonly DlqActionName[] = dlqActions.filter((action) => action !== "import");
/** Options that only some of the actions have. */
const optionsOf: Readonly<Record<string, readonly DlqActionName[]>> = {
  to: ["move", "import"],
  yes: ["purge"],
  rate: ["replay", "move", "purge"],
  "dry-run": ["replay", "move", "purge", "import"],
  limit: ["show", "replay", "move", "purge", "export"],
  edit: ["replay"],
  output: ["export"],
  json: dlqActions.filter((action) => action !== "export"),
  service: allButImport,
  queue: allButImport,
  id: allButImport,
  error: allButImport,
  reason: allButImport,
  from: allButImport,
  "older-than": allButImport,
  "newer-than": allButImport,
  connection: allButImport,
};

/** An option that is not in the list belongs to every action. */
export function takesOption(action: DlqActionName, option: string): boolean {
  const owners = optionsOf[option];
  return owners === undefined || owners.includes(action);
}
