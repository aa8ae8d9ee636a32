/** The options of `tomodachi schedule`, and the text of its help. */
import type { Option } from "./option.ts";
import { serviceOption } from "./service-option.ts";

export const scheduleOptions: Readonly<Record<string, Option>> = {
  service: serviceOption,
  json: { type: "boolean", of: ["schedule"], help: "A line of JSON for each schedule" },
};

export const scheduleUsageOpening: readonly string[] = [
  "Usage: tomodachi schedule list <file or folder>...",
  "       tomodachi schedule trigger <schedule> --service <path>",
  "",
  "list shows the schedules of the services with their next run. For a schedule that runs once for",
  'all instances (once: "cluster"), it also shows the last occurrence, and how many occurrences wait',
  "or have failed. trigger starts such a schedule now: one instance of the service runs it. Name the",
  "schedule by its handler, or by service and handler: bill, or reports.bill.",
  "",
  "Services are files and folders, as for `tomodachi run`: they are loaded, not started.",
];

export const scheduleUsageEnd: readonly string[] = [
  "Exit code: 0; 1 when a broker cannot be asked, or there is no such schedule; 2 for wrong usage.",
  "",
  "Examples:",
  "  tomodachi schedule list service/",
  "  tomodachi schedule list service/ --json | jq .next",
  "  tomodachi schedule trigger bill --service service/",
];
