/** The options of `tomodachi describe`. */
import type { Option } from "./option.ts";

export const describeOptions: Readonly<Record<string, Option>> = {
  mermaid: { type: "boolean", of: ["describe"], help: "A diagram for Mermaid, as GitHub shows it in Markdown" },
};
