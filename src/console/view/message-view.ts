/** A message that was opened, and dead letters in groups. Asked for by the page, one at a time. */

import type { JsonSchema } from "./plan-view.ts";

export interface MessageView {
  readonly facts: readonly Fact[];
  readonly body: BodyView;
  readonly headers: readonly Fact[];
  readonly properties: readonly Fact[];
  /** Its way through services and attempts, the first step first. */
  readonly way: readonly Step[];
}

export interface Fact {
  readonly name: string;
  readonly value: string;
}

export interface BodyView {
  readonly bytes: number;
  /** Only the beginning is shown. */
  readonly cut: boolean;
  /** The body as text; undefined where it is not UTF-8. */
  readonly text: string | undefined;
  /** The first bytes, in hexadecimal, where it is not text. */
  readonly hex: string | undefined;
  /** What the handler gets, as JSON; undefined where it cannot be read. */
  readonly data: string | undefined;
  /** How the envelope and the schema judge it. */
  readonly verdict: Verdict;
}

export type Verdict =
  | { readonly kind: "fits"; readonly text: string }
  | { readonly kind: "refused"; readonly text: string; readonly issues: readonly Fact[] }
  | { readonly kind: "unreadable"; readonly text: string }
  | { readonly kind: "unknown"; readonly text: string };

/** One thing that happened to a message. */
export interface Step {
  /** Milliseconds since 1970; undefined where it was not written down. */
  readonly at: number | undefined;
  /** `at` is from a timestamp of AMQP, which has no milliseconds. */
  readonly isWholeSecond: boolean;
  readonly kind: "published" | "handled" | "failed" | "retry" | "dead-letter" | "replayed" | "broker" | "caused";
  readonly text: string;
  /** More about it: an error, a duration. */
  readonly detail: string | undefined;
  /** A message of the list that this step belongs to. */
  readonly message: number | undefined;
}

export interface DeadLetterGroup {
  /** The same for all dead letters with one cause. */
  readonly cause: string;
  readonly reason: string;
  readonly errorClass: string | undefined;
  readonly errorCode: string | undefined;
  /** What the error of the newest says. */
  readonly errorMessage: string | undefined;
  readonly service: string | undefined;
  readonly handler: string | undefined;
  readonly entries: readonly DeadLetterRow[];
}

export interface DeadLetterRow {
  /** Names it for the page: it is the same after another look into the queue. */
  readonly key: string;
  readonly id: string | undefined;
  readonly failedAt: number | undefined;
  readonly attempts: number | undefined;
  readonly routingKey: string | undefined;
  readonly bytes: number;
  readonly replays: number;
  /** A replay has a queue to go to. */
  readonly replayable: boolean;
}

/** One dead-letter queue, after a look into it. */
export interface DeadLettersView {
  readonly queue: string;
  readonly messages: number;
  /** How many were looked at. */
  readonly looked: number;
  readonly lookedAt: number;
  readonly groups: readonly DeadLetterGroup[];
}

export interface OpenedDeadLetter {
  readonly row: DeadLetterRow;
  readonly error: { readonly title: string; readonly message: string; readonly stack: string } | undefined;
  readonly message: MessageView;
  /** The body for the editor, or the reason why it cannot be edited. */
  readonly editable: EditableBody | { readonly why: string };
}

export interface EditableBody {
  readonly text: string;
  /** What the data must be; undefined if its schema is not known, or does not describe a part of the body. */
  readonly schema: JsonSchema | undefined;
  /** The member of the body that is the data; undefined: all of the body. */
  readonly member: string | undefined;
}

/** A change of the same members in several bodies, judged before it is made. */
export interface ChangesView {
  /** How many then fit their schema; have none that could judge them; are refused; cannot be changed so, and stay. */
  readonly fits: number;
  readonly unknown: number;
  readonly refused: number;
  readonly unchanged: number;
  /** Why some do not fit, a sentence each. */
  readonly why: readonly string[];
}

export interface ReplayReport {
  /** Sent again to the queue in which each failed. */
  readonly replayed: number;
  readonly stayed: number;
  /** Of the replayed ones, as far as it was seen within a second: handled; failed, with a retry to come; dead-lettered again. */
  readonly handled: number;
  readonly retrying: number;
  readonly failedAgain: number;
  /** Why some stayed, a sentence each. */
  readonly problems: readonly string[];
}

export interface RemovalReport {
  readonly removed: number;
  /** Why some were not removed, a sentence each. */
  readonly problems: readonly string[];
}
