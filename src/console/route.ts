/** What the page may ask for: how a request looks, and what an answer is made from. */
import type { Logger } from "../log/logger.ts";
import type { Asked } from "./asked.ts";
import type { DeadLetterLooks } from "./broker/dead-letter-looks.ts";
import type { PlannedServices } from "./broker/planned-services.ts";
import type { ConsoleSource } from "./console-source.ts";
import type { RecordingPlace } from "./recording/recording-place.ts";

export interface RouteParts {
  readonly source: ConsoleSource;
  readonly planned: PlannedServices;
  readonly looks: DeadLetterLooks;
  readonly logger: Logger;
  /** Finds from where a test of messages imports the services; undefined if no services run. */
  readonly recording: (() => Promise<RecordingPlace>) | undefined;
}

/** Answers a request. `asked` is the query, or the JSON of the body. `signal` aborts when the page goes away. */
type Answer = (asked: Asked, parts: RouteParts, signal: AbortSignal) => Promise<unknown>;

export interface Route {
  readonly answer: Answer;
  /** Whether it changes something. Then it needs POST, and a console that may change things. */
  readonly changes: boolean;
  readonly method: "GET" | "POST";
}

export const reads = (answer: Answer, method: Route["method"] = "GET"): Route => ({ answer, changes: false, method });
export const changes = (answer: Answer): Route => ({ answer, changes: true, method: "POST" });
