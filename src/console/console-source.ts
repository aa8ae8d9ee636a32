/** Where the page gets its picture from: the run of this process, or a broker seen from outside. */

import type { RecordedMessage } from "./run/recorded-message.ts";
import type { LiveView, LogLine, MessagesView } from "./view/live-view.ts";
import type { MessageView } from "./view/message-view.ts";
import type { PlanView } from "./view/plan-view.ts";

export interface ConsoleSource {
  readonly plan: PlanView;
  /** The first page opened. */
  start(): void;
  /** No page is open any more. Resolves when nothing is asked of the broker. */
  stop(): Promise<void>;
  /** Called at each tick, while a page is open. `seconds` since the one before. */
  tick(seconds: number): LiveView;
  /** Messages after this number; what was left out is that of the last tick. */
  messages(after: number): MessagesView;
  logs(after: number): readonly LogLine[];
  /** Those that are still kept, the oldest first. */
  readonly kept: readonly RecordedMessage[];
  recorded(number: number): RecordedMessage | undefined;
  open(number: number): Promise<MessageView | undefined>;
  /** Pauses or resumes a handler, by its full name. Throws where that is not possible. */
  pause(handler: string): void;
  resume(handler: string): void;
}
