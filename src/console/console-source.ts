/** Where the page gets its data from: the run of this process, or a broker seen from outside. */

import type { RecordedMessage } from "./run/recorded-message.ts";
import type { LiveView, LogLine, MessagesView } from "./view/live-view.ts";
import type { MessageView } from "./view/message-view.ts";
import type { PlanView } from "./view/plan-view.ts";

export interface ConsoleSource {
  readonly plan: PlanView;
  /** Called when the first page opens. */
  start(): void;
  /** Called when no page is open any more. Resolves when the broker is not asked anything any more. */
  stop(): Promise<void>;
  /** Called at each tick, while a page is open. `seconds` is the time since the last tick. */
  tick(seconds: number): LiveView;
  /** Messages with a higher number than this. The number of messages without a line belongs to the last tick. */
  messages(after: number): MessagesView;
  logs(after: number): readonly LogLine[];
  /** The messages that are still kept, the oldest first. */
  readonly kept: readonly RecordedMessage[];
  recorded(number: number): RecordedMessage | undefined;
  open(number: number): Promise<MessageView | undefined>;
  /** Pauses or resumes a handler by its full name. Throws if that is impossible. */
  pause(handler: string): void;
  resume(handler: string): void;
}
